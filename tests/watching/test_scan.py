"""The scan tells what is there, piece by piece, and never more than it knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from imgsimd.config import DEFAULT_EXTENSIONS, DEFAULT_IGNORE
from imgsimd.types import FileState, ImageId, Known
from imgsimd.watching import scan
from imgsimd.watching.agreement import Agreement
from imgsimd.watching.selection import Selection


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path)


@pytest.fixture
def selection() -> Selection:
    return Selection(DEFAULT_IGNORE, DEFAULT_EXTENSIONS)


def make(root: bytes, *names: bytes) -> None:
    for name in names:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(name)


def names(pieces: Iterator[scan.Piece], root: bytes) -> list[bytes]:
    return [path[len(root) + 1 :] for piece in pieces for path in piece.seen]


def test_all_photos_are_seen_in_byte_order(root: bytes, selection: Selection) -> None:
    make(root, b"b/1.jpg", b"b.jpg", b"b-c.JPG", b"a/z/9.png", b"a.webp", b"b/notes.txt")
    seen = names(scan.walk(root, root, selection, Agreement()), root)
    assert seen == sorted(seen)
    assert set(seen) == {b"a.webp", b"a/z/9.png", b"b-c.JPG", b"b.jpg", b"b/1.jpg"}


def test_pieces_cover_everything_without_a_gap(
    root: bytes, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "PIECE", 3)
    make(root, *(b"%d/%d.jpg" % (folder, file) for folder in range(4) for file in range(4)))
    pieces = list(scan.walk(root, root, selection, Agreement()))
    assert len(pieces) > 5
    assert pieces[0].after == root + b"/"
    assert root + b"/\xff" < pieces[-1].upto < root + b"0"
    assert all(one.upto == other.after for one, other in pairwise(pieces))
    assert all(piece.after < path <= piece.upto for piece in pieces for path in piece.seen)


def test_hidden_thumbnails_trash_and_partial_downloads_are_left_out(
    root: bytes, selection: Selection
) -> None:
    make(
        root,
        b".hidden.jpg", b".thumbnails/a.jpg", b".Trash-1000/files/a.jpg", b"@eaDir/a.jpg",
        b"a.jpg.part", b"a.jpg.crdownload", b"a.jpg~", b"$RECYCLE.BIN/a.jpg", b"kept.jpg",
    )  # fmt: skip
    assert names(scan.walk(root, root, selection, Agreement()), root) == [b"kept.jpg"]


def test_a_pattern_with_a_slash_is_for_the_whole_path(root: bytes) -> None:
    make(root, b"2020/raw/a.jpg", b"2021/raw/a.jpg", b"raw/a.jpg")
    chosen = Selection(["2020/raw"], ["jpg"])
    assert names(scan.walk(root, root, chosen, Agreement()), root) == [
        b"2021/raw/a.jpg",
        b"raw/a.jpg",
    ]
    assert not chosen.reaches(root, root + b"/2020/raw/a.jpg")
    assert chosen.reaches(root, root + b"/2021/raw/a.jpg")


def test_links_pipes_and_folders_named_like_photos_are_not_photos(
    root: bytes, selection: Selection
) -> None:
    make(root, b"real.jpg", b"folder.jpg/inside.jpg")
    os.symlink(b"real.jpg", root + b"/link.jpg")
    os.symlink(root, root + b"/loop")
    os.mkfifo(root + b"/pipe.jpg")
    assert names(scan.walk(root, root, selection, Agreement()), root) == [
        b"folder.jpg/inside.jpg",
        b"real.jpg",
    ]


def test_names_that_are_not_utf8_are_kept_as_bytes(root: bytes, selection: Selection) -> None:
    make(root, b"\xff\xfe.jpg", b"new\nline.jpg")
    assert names(scan.walk(root, root, selection, Agreement()), root) == [
        b"new\nline.jpg",
        b"\xff\xfe.jpg",
    ]


def test_a_folder_that_cannot_be_listed_is_told_not_taken_for_empty(
    root: bytes, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(root, b"good/a.jpg", b"secret/b.jpg")
    listing = os.scandir

    def refuse(path: bytes) -> object:
        if path.rstrip(b"/").endswith(b"secret"):  # as root, chmod would not do
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (piece,) = scan.walk(root, root, selection, Agreement())
    assert piece.unlisted == {root + b"/secret/": "the folder cannot be listed: Permission denied"}
    assert [os.path.basename(path) for path in piece.seen] == [b"a.jpg"]


def test_a_deep_tree_is_no_problem(root: bytes, selection: Selection) -> None:
    make(root, b"d/" * 400 + b"a.jpg")
    assert len(names(scan.walk(root, root, selection, Agreement()), root)) == 1


def test_a_file_has_left_only_if_that_is_certain(root: bytes) -> None:
    make(root, b"a.jpg", b"b.jpg")
    state = scan.look(root + b"/a.jpg")
    assert state is not None
    image = Known(ImageId(1), root + b"/a.jpg", state)
    assert not scan.has_left(image)
    os.replace(root + b"/b.jpg", root + b"/a.jpg")
    assert scan.has_left(image), "another file lies there"
    os.unlink(root + b"/a.jpg")
    assert scan.has_left(image)
    assert not scan.has_left(image._replace(path=root + b"/" + b"x" * 300)), "no proof"


def test_two_looks_at_an_untouched_file_are_equal(root: bytes) -> None:
    make(root, b"a.jpg")
    state = scan.look(root + b"/a.jpg")
    assert isinstance(state, FileState)
    assert state == scan.look(root + b"/a.jpg")
    os.utime(root + b"/a.jpg", ns=(1, state.mtime_ns))
    assert state != scan.look(root + b"/a.jpg"), "setting the time back does not hide a change"
