"""Which folder a path lies in, also where that folder is `/`."""

from __future__ import annotations

import pytest

from imgsimd import paths


@pytest.mark.parametrize(
    ("path", "folder", "is_below", "is_within"),
    [
        (b"/a/b", b"/a", True, True),
        (b"/a/b/c", b"/a", True, True),
        (b"/a", b"/a", False, True),
        (b"/ab", b"/a", False, False),
        (b"/a0", b"/a", False, False),
        (b"/a", b"/a/b", False, False),
        (b"/a", b"/", True, True),
        (b"/a/b", b"/", True, True),
        (b"/", b"/", False, True),
        (b"/", b"/a", False, False),
        (b"/\xff/b", b"/\xff", True, True),
    ],
)
def test_a_path_lies_in_a_folder_or_not(
    path: bytes, folder: bytes, is_below: bool, is_within: bool
) -> None:
    assert paths.is_below(path, folder) is is_below
    assert paths.is_within(path, folder) is is_within
    text, place = path.decode("latin-1"), folder.decode("latin-1")
    assert paths.is_below(text, place) is is_below
    assert paths.is_within(text, place) is is_within


def test_of_several_folders_the_first_that_holds_the_path_is_found() -> None:
    folders = [b"/c", b"/a/b", b"/a"]
    assert paths.enclosing(b"/a/b/x", folders) == b"/a/b"
    assert paths.enclosing(b"/a/b", folders) == b"/a"
    assert paths.covering(b"/a/b", folders) == b"/a/b"
    assert paths.enclosing(b"/d", folders) is None
    assert paths.covering(b"/d", [*folders, b"/"]) == b"/"


def test_folders_are_nested_whichever_lies_in_the_other() -> None:
    assert paths.is_nested(b"/a", b"/a")
    assert paths.is_nested(b"/a", b"/a/b")
    assert paths.is_nested(b"/a/b", b"/a")
    assert paths.is_nested(b"/a", b"/")
    assert not paths.is_nested(b"/a", b"/ab")


def test_the_way_upwards_begins_at_the_path_and_ends_at_the_top() -> None:
    assert list(paths.upwards(b"/a/b/c")) == [b"/a/b/c", b"/a/b", b"/a", b"/"]
    assert list(paths.upwards(b"/")) == [b"/"]


def test_a_closing_slash_is_added_and_removed() -> None:
    assert paths.slashed(b"/a") == paths.slashed(b"/a/") == b"/a/"
    assert paths.slashed("/") == "/"
    assert paths.unslashed(b"/a/") == paths.unslashed(b"/a") == b"/a"
    assert paths.unslashed(b"/") == b"/"


def test_the_folder_of_a_file_or_folder_has_a_closing_slash() -> None:
    assert paths.folder_of(b"/a/b.jpg") == b"/a/"
    assert paths.folder_of(b"/a/b/") == b"/a/"
    assert paths.folder_of(b"/a") == paths.folder_of(b"/a/") == b"/"
    assert paths.folder_of(b"/") == b""


def test_a_path_moves_with_its_folder() -> None:
    assert paths.moved(b"/a/b/c.jpg", b"/a", b"/x/y") == b"/x/y/b/c.jpg"
    assert paths.moved(b"/b/c.jpg", b"/", b"/x") == b"/x/b/c.jpg"
    assert paths.moved(b"/x/b/c.jpg", b"/x", b"/") == b"/b/c.jpg"


def test_a_path_is_written_into_a_sentence_or_a_command() -> None:
    assert paths.text(b"/a \xff") == "/a \udcff"
    assert paths.quoted(b"/a/b") == "/a/b"
    assert paths.quoted(b"/a b") == "'/a b'"
    assert paths.quoted(b"/\xff") == "$'/\\xff'"
