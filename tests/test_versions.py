"""Which of two versions is older."""

from __future__ import annotations

from itertools import pairwise

import pytest

from imgsimd import __version__
from imgsimd.versions import is_older

IN_ORDER = ["0.1.0", "0.2", "0.2.1", "0.3.0.dev0", "0.3.0a1", "0.3.0b2", "0.3.0rc1", "0.3.0rc10",
            "0.3.0", "0.3.0.post1", "0.10.0", "1.0"]  # fmt: skip


@pytest.mark.parametrize(("older", "newer"), list(pairwise(IN_ORDER)))
def test_versions_are_ordered_as_packages_are(older: str, newer: str) -> None:
    assert is_older(older, newer)
    assert not is_older(newer, older)


@pytest.mark.parametrize("version", [*IN_ORDER, __version__, "0", ""])
def test_no_version_is_older_than_itself(version: str) -> None:
    assert not is_older(version, version)


def test_zeros_at_the_end_do_not_count() -> None:
    assert not is_older("1", "1.0.0")
    assert not is_older("1.0.0", "1")


@pytest.mark.parametrize("word", ["", "newest", "v", "\x1b[31m"])
def test_what_is_no_version_is_not_older(word: str) -> None:
    assert not is_older(word, "1.0")
    assert not is_older("1.0", word)
