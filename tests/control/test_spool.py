"""The body of a request is the same however it is kept."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.control.spool import SMALL, Spool

pytestmark = pytest.mark.user

PIECES = st.lists(st.sampled_from([0, 1, 1000, SMALL - 1, SMALL, SMALL + 1]), max_size=5)


@given(PIECES)
def test_what_was_written_is_read_and_is_behind_the_descriptor(sizes: Sequence[int]) -> None:
    pieces = [bytes([n + 1]) * size for n, size in enumerate(sizes)]
    whole = b"".join(pieces)
    with Spool() as spool:
        for piece in pieces:
            spool.write(piece)
        assert spool.size == len(whole)
        for _ in range(2):
            assert spool.read(0, len(whole) + 1) == whole
            assert spool.read(5, 10) == whole[5:15]
            assert os.pread(spool.descriptor, len(whole) + 1, 0) == whole


def test_a_small_body_needs_no_file() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with Spool() as spool:
        spool.write(bytes(SMALL))
        assert len(os.listdir("/proc/self/fd")) == before
        spool.write(b"x")
        assert len(os.listdir("/proc/self/fd")) == before + 1
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_body_without_memory_for_it_is_an_error() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, hard))
    try:
        with Spool() as spool, pytest.raises(OSError, match="File too large"):
            spool.write(bytes(SMALL + 1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
