"""Each pattern leaves out what its author means; the built-in ones what nobody wants."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgsimd.watching.selection import Selection

ROOT = b"/home/anna/Pictures"
PRIVATE = "Private/a.jpg"
"""What the patterns of the tests should leave out."""
OTHERS = ["a.jpg", "Private parts/a.jpg", "2020/Privat/a.jpg", "private.jpg"]


def is_left_out(selection: Selection, path: str, root: bytes = ROOT) -> bool:
    file = os.path.join(root, os.fsencode(path))
    return not (selection.takes(root, file) and selection.looks_into(root, os.path.dirname(file)))


@pytest.mark.parametrize(
    "folder",
    ["#snapshot", "@Recently-Snapshot", "~snapshot", ".snapshots", ".zfs", "#Recycle", "@Recycle",
     "RECYCLER", "recycled", "$Recycle.Bin", ".Trash", ".Trash-1000", "Trash-1000", "TRASH",
     "_thumbs", "Thumbs", "thumbnails", ".thumbnails", "@eaDir", "System Volume Information",
     "lost+found", ".hidden", "Foo.noindex", "A.photoslibrary/resources", "C Previews.lrdata",
     "@GMT-2024.01.31-10.00.00"],
)  # fmt: skip
def test_snapshots_wastebins_and_thumbnails_are_left_out_in_upper_or_lower_case(
    folder: str,
) -> None:
    selection = Selection([], ["jpg"])
    for name in (folder, folder.upper(), folder.lower()):
        assert is_left_out(selection, f"{name}/a.jpg")
        assert is_left_out(selection, f"2020/{name}/deep/a.jpg")


def test_folders_with_similar_names_are_not_left_out() -> None:
    selection = Selection([], ["jpg"])
    for folder in ("Trash the dress", "Thumbs up", "Snapshots", "Recycle", "Trash-can", "a#recycle",
                   "resources", "A.photoslibrary/originals", "Photos@eaDir"):  # fmt: skip
        assert not is_left_out(selection, f"{folder}/a.jpg"), folder


def test_editors_leftovers_and_partial_downloads_are_left_out() -> None:
    selection = Selection([], ["jpg"])
    for name in (".hidden.jpg", "._a.jpg", "a.jpg~", "~$a.jpg", "a.tmp.jpg", "a.jpg.part"):
        assert is_left_out(selection, name), name
    assert not is_left_out(selection, "a.JPG")


@pytest.mark.parametrize(
    "pattern",
    ["Private", "Private/", "/Private", "./Private", "**/Private", "Private/**", "Private/*",
     "*/Private/*", "Priv[a]te", "Private/*.jpg", "Private/a.jpg", "/home/anna/Pictures/Private",
     "/home/anna/Pictures/Private/", "/home/anna/Pictures/Private/**", "/home/*/Pictures/Private",
     "/home/**/Private", "~/Pictures/Private", "Pictures/Private", "anna/Pictures/Private",
     "home/anna/Pictures/Private", "Private  "],
)  # fmt: skip
def test_a_private_folder_is_left_out_however_it_is_written(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    selection = Selection([pattern], ["jpg"])
    assert is_left_out(selection, PRIVATE)
    assert selection.idle_patterns == []
    for other in OTHERS:
        assert not is_left_out(selection, other), other


def test_a_pattern_with_a_slash_matches_the_path_below_the_root() -> None:
    selection = Selection(["2020/raw"], ["jpg"])
    assert is_left_out(selection, "2020/raw/a.jpg")
    assert not is_left_out(selection, "2021/raw/a.jpg")
    assert not is_left_out(selection, "old/2020/raw/a.jpg")


def test_an_absolute_path_matches_in_one_root_also_through_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "disk/Pictures", tmp_path / "Pictures"
    real.mkdir(parents=True)
    link.symlink_to(real)
    selection = Selection([f"{link}/Private"], ["jpg"])
    assert is_left_out(selection, PRIVATE, os.fsencode(real))
    assert not is_left_out(selection, PRIVATE)


def test_the_users_patterns_are_case_sensitive() -> None:
    selection = Selection(["private"], ["jpg"])
    assert not is_left_out(selection, PRIVATE)
    assert selection.idle_patterns == ["private"]


def test_the_last_pattern_that_matches_decides() -> None:
    selection = Selection(["*.png", "Old/*", "!Old/best", "!keep.png"], ["jpg", "png"])
    assert is_left_out(selection, "a.png")
    assert is_left_out(selection, "Old/worst/a.jpg")
    assert not is_left_out(selection, "Old/best/a.jpg")
    assert not is_left_out(selection, "2020/keep.png")


def test_a_built_in_pattern_can_be_revoked() -> None:
    hidden = Selection(["!.*"], ["jpg"])
    assert not is_left_out(hidden, ".hidden/a.jpg")
    assert is_left_out(hidden, ".Trash-1000/a.jpg"), "it is not hidden files that are wanted there"
    assert is_left_out(hidden, "._a.jpg")
    one = Selection(["!thumbs", "!.hidden"], ["jpg"])
    assert not is_left_out(one, "Thumbs/a.jpg")
    assert not is_left_out(one, ".hidden/a.jpg")
    assert is_left_out(one, ".other/a.jpg")


def test_a_backslash_takes_a_character_as_it_is() -> None:
    assert is_left_out(Selection([r"\[2020\]"], ["jpg"]), "[2020]/a.jpg")


def test_a_hash_at_the_start_is_part_of_the_name() -> None:
    for pattern in ("#drafts", r"\#drafts"):
        assert is_left_out(Selection([pattern], ["jpg"]), "#drafts/a.jpg")


def test_names_that_are_not_utf8_or_have_line_breaks_are_left_out_too() -> None:
    selection = Selection(["Private", "a/**/b*"], ["jpg"])
    for path in (b"\xff/Private/a.jpg", b"new\nline/Private/a.jpg", b"a/\n/b\xff.jpg"):
        assert is_left_out(selection, os.fsdecode(path))


def test_patterns_that_match_nothing_are_known() -> None:
    idle = ["Nowhere", "*.gif", "Private/inner", "!Private/keep"]
    selection = Selection(["Private", "P*", *idle, "Thumbs"], ["jpg", "gif"])
    for path in (PRIVATE, "a.jpg", "notes.gif.txt"):
        is_left_out(selection, path)
    assert selection.idle_patterns == idle
    assert is_left_out(selection, "Nowhere/a.jpg")
    assert selection.idle_patterns == idle[1:]
