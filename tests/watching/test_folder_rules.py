"""Rules that lie in a folder apply to the scan and to the watches alike."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from imgsimd.watching import scan
from imgsimd.watching.folder_digests import FolderDigests
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.selection import Selection
from tests.support.photo_folders import make, names
from tests.support.requires import needs_tool

pytestmark = pytest.mark.user

SELECTION = Selection([], ["jpg", "png"])


def chosen(root: bytes, digests: FolderDigests | None = None) -> set[bytes]:
    """What a scan that compares everything finds below the root."""
    digests = FolderDigests() if digests is None else digests
    pieces = list(scan.walk(root, root, SELECTION, digests))
    digests.confirm(root + b"/", pieces[-1].agreed)
    return set(names(iter(pieces), root))


def write(root: bytes, name: bytes, text: str) -> None:
    make(root, name)
    with open(os.path.join(root, name), "w") as file:
        file.write(text)


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path)


@pytest.mark.parametrize(
    "marker", [".nomedia", ".noimage", ".noindex", ".metadata_never_index", ".trackerignore"]
)
def test_a_marker_leaves_its_folder_out_with_all_below(root: bytes, marker: str) -> None:
    make(root, b"a.jpg", b"in/a.jpg", b"in/deep/er/a.jpg", b"next/a.jpg")
    make(root, b"in/" + os.fsencode(marker))
    assert chosen(root) == {b"a.jpg", b"next/a.jpg"}
    choice = PathSelection(root, SELECTION)
    assert choice.looks_into(root + b"/in"), "to notice that the marker goes"
    assert not choice.looks_into(root + b"/in/deep")
    assert not choice.takes(root + b"/in/deep/er/a.jpg")


@needs_tool("git")
def test_patterns_of_nested_folders_add_up_as_in_git(root: bytes) -> None:
    """Git is asked what it would leave out."""
    folders = [b"", b"a/", b"a/b/", b"a/b/c/", b"Private/", b"keep/", b"new\nline/", b"#x/"]
    make(root, *(f + n for f in folders for n in (b"1.jpg", b"2.png", b"keep.png", b"\xff.jpg")))
    write(root, b".imgsimdignore", "# a comment\n*.png\n!keep.png\n/Private\n\\#x/\n\na/b/c\r\n")
    write(root, b"a/.imgsimdignore", "2.png\n!b/2.png\n/1.jpg\n!c\n")
    write(root, b"a/b/.imgsimdignore", "!*.png\nkeep.*\n**/1.jpg  \n[z-a].jpg\n")
    asked = ["git", "ls-files", "--others", "--exclude-per-directory=.imgsimdignore", "-z"]
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    listed = subprocess.run(asked, cwd=root, check=True, capture_output=True).stdout.split(b"\0")
    expected = {name for name in listed if name.endswith((b".jpg", b".png"))}
    assert chosen(root) == expected
    assert 5 < len(expected) < 32
    choice = PathSelection(root, SELECTION)
    everything = [f + n for f in folders for n in (b"1.jpg", b"2.png", b"keep.png", b"\xff.jpg")]
    assert {name for name in everything if choice.takes(root + b"/" + name)} == expected


def test_a_new_rule_applies_to_inner_folders_that_have_not_changed(root: bytes) -> None:
    make(root, b"a/b/1.jpg", b"a/b/2.png", b"a/1.jpg")
    digests = FolderDigests()
    everything = chosen(root, digests)
    assert chosen(root, digests) == set(), "there is nothing to compare"
    write(root, b"a/.imgsimdignore", "*.png")
    assert chosen(root, digests) == everything - {b"a/b/2.png"}
    write(root, b".imgsimdignore", "1.*")
    assert chosen(root, digests) == set()
    os.unlink(root + b"/.imgsimdignore")
    os.unlink(root + b"/a/.imgsimdignore")
    assert chosen(root, digests) == everything
    make(root, b"a/.nomedia")
    (*_, last) = scan.walk(root, root, SELECTION, digests)
    digests.confirm(root + b"/", last.agreed)
    assert root + b"/a/b/" not in last.agreed
    os.unlink(root + b"/a/.nomedia")
    assert chosen(root, digests) == everything


def test_a_pattern_may_be_an_absolute_path(root: bytes) -> None:
    make(root, b"a/Private/1.jpg", b"a/1.jpg")
    write(root, b"a/.imgsimdignore", f"{os.fsdecode(root)}/a/Private\n")
    assert chosen(root) == {b"a/1.jpg"}


def test_rules_that_cannot_be_applied_are_reported(root: bytes) -> None:
    make(root, b"a/1.jpg", b"a/2.png", b"b/1.jpg")
    write(root, b"a/.imgsimdignore", "*.png\n../b\n")
    os.mkdir(root + b"/b/.imgsimdignore")
    (piece,) = scan.walk(root, root, SELECTION, FolderDigests())
    assert names(iter([piece]), root) == [b"a/1.jpg"], "nobody knows what is to be hidden in b"
    a, b = (piece.remarks[root + b"/" + folder].problems for folder in (b"a/", b"b/"))
    assert "a/.imgsimdignore: line 2 has no effect: `../b`" in a[0].what
    assert "b/.imgsimdignore cannot be read, so all of its folder is left out" in b[0].what
    make(root, b".nomedia")
    (piece,) = scan.walk(root, root, SELECTION, FolderDigests())
    assert "/.nomedia is there, so all of the folder" in piece.remarks[root + b"/"].problems[0].what


def test_a_pattern_for_the_path_of_its_own_folder_works_and_a_lasting_form_is_told(
    root: bytes,
) -> None:
    make(root, b"a/1.jpg", b"a/Private/2.jpg", b"a/raw/3.jpg")
    write(root, b"a/.imgsimdignore", f"{os.fsdecode(root)}/a/Private\n/raw\n")
    (piece,) = scan.walk(root, root, SELECTION, FolderDigests())
    assert names(iter([piece]), root) == [b"a/1.jpg"]
    (problem,) = piece.remarks[root + b"/a/"].problems
    assert (
        "line 1 will have no effect once a folder in its path is renamed or moved" in problem.what
    )
    assert "Write `/Private` instead" in problem.remedy
