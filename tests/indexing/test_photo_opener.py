"""A photo is opened for as long as a block lasts, and only in the state that is asked for."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from imgsimd.errors import BadPictureError
from imgsimd.indexing.photo_file import UNHASHED
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.types import FileState

OPENER = PhotoOpener(max_bytes=100)


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    (tmp_path / "a.jpg").write_bytes(b"content")
    return os.fsencode(tmp_path / "a.jpg")


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_photo_is_closed_at_the_end_of_the_block_and_after_an_error(photo: bytes) -> None:
    before = descriptors()
    with OPENER.opened(photo) as opened:
        assert opened is not None
        assert os.read(opened.descriptor, 100) == b"content"
        assert opened.content == UNHASHED
    with pytest.raises(BadPictureError), OPENER.opened(photo):
        raise BadPictureError("of the caller")
    assert descriptors() == before


def test_a_photo_in_another_state_than_the_known_one_is_none(photo: bytes) -> None:
    state = FileState.of(os.stat(photo))
    before = descriptors()
    with OPENER.opened(photo, state) as opened:
        assert opened is not None
        assert opened.state == state
    with OPENER.opened(photo, state._replace(size=8)) as opened:
        assert opened is None
    assert descriptors() == before


def test_a_photo_is_hashed_if_that_is_asked_for(photo: bytes) -> None:
    with OPENER.opened(photo, by="sha256") as opened:
        assert opened is not None
        assert hashlib.sha256(b"content").digest().startswith(opened.content)


def test_a_file_that_is_gone_or_no_file_is_none_and_one_that_is_too_large_is_refused(
    photo: bytes,
) -> None:
    for path in (photo + b".gone", os.path.dirname(photo)):
        with OPENER.opened(path) as opened:
            assert opened is None
    os.truncate(photo, 101)
    with pytest.raises(BadPictureError), OPENER.opened(photo):
        pass
