"""Links are resolved without opening anything, and followed only where the user allows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from imgsimd.skips import Reason
from imgsimd.types import FileState, Hidden, ImageId, Known
from imgsimd.watching import links, scan
from imgsimd.watching.folder_digests import FolderDigests
from imgsimd.watching.links import End
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.remarks import Remark
from imgsimd.watching.selection import Selection
from imgsimd.watching.watched_root import unchanged
from tests.support.photo_folders import make, names


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path / "root")


def link(root: bytes, name: bytes, target: bytes) -> bytes:
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)
    return path


def following(root: bytes, *ignore: str) -> Selection:
    return Selection(ignore, ["jpg"], follow_links=True, roots=[root])


def test_only_files_that_are_not_watched_themselves_are_followed(root: bytes) -> None:
    make(
        root, b"own.jpg", b".git/annex/KEY", b"Private/a.jpg", b"../far/a.jpg", b"../far/no ending"
    )
    os.mkfifo(root + b"/../pipe")
    ends: dict[bytes, End | None] = {
        b"../far/a.jpg": None,
        b"../far/no ending": None,
        b".git/annex/KEY": None,
        b"own.jpg": End.ELSEWHERE,
        b"../pipe": End.ELSEWHERE,
        b"/dev/zero": End.ELSEWHERE,
        b"../root": End.ELSEWHERE,
        b"Private/a.jpg": End.UNWANTED,
        b"../far": End.FOLDER,
        b"nowhere": End.BROKEN,
    }
    for number, (target, end) in enumerate(ends.items()):
        path = link(root, b"%d.jpg" % number, target)
        found = following(root, "Private").links.lead(path)
        assert found == (FileState.of(os.stat(path)) if end is None else end), target
    loop = link(root, b"loop.jpg", b"loop.jpg")
    assert following(root).links.lead(loop) is End.BROKEN


def test_a_link_does_not_let_in_a_file_that_an_absolute_path_leaves_out(root: bytes) -> None:
    make(root, b"a", b"../Private/deep/a.jpg")
    path = link(root, b"a.jpg", b"../Private/deep/a.jpg")
    outside = os.fsdecode(os.path.realpath(root + b"/../Private"))
    for pattern in (outside, "Private", outside + "/deep/*.jpg"):
        assert following(root, pattern).links.lead(path) is End.UNWANTED
    assert isinstance(following(root, "/Private").links.lead(path), FileState)


def without_skips(remarks: Mapping[bytes, Remark]) -> dict[bytes, Remark]:
    return {folder: remark._replace(skips=()) for folder, remark in remarks.items()}


def test_a_scan_follows_links_and_counts_those_that_lead_to_no_photo(root: bytes) -> None:
    make(root, b"own.jpg", b"../far/a.jpg", b"../far/b.jpg")
    link(root, b"c/a.jpg", b"../../far/a.jpg")
    link(root, b"c/broken.jpg", b"nothing")
    link(root, b"c/folder", b"../../far")
    link(root, b"c/inner", b"..")
    link(root, b"c/own.jpg", b"../own.jpg")
    link(root, b"c/notes.txt", b"../own.jpg")
    link(root, b"c/.hidden.jpg", b"../../far/b.jpg")
    (piece,) = scan.walk(root, root, Selection([], ["jpg"], roots=[root]), FolderDigests())
    assert names(iter([piece]), root) == [b"own.jpg"]
    (skip,) = piece.remarks[root + b"/c/"].skips
    assert (skip.reason, skip.files) == (Reason.LINK, 5)
    assert without_skips(piece.remarks) == {root + b"/c/": Remark(unfollowed=5, root=root)}
    (piece,) = scan.walk(root, root, following(root), FolderDigests())
    assert names(iter([piece]), root) == [b"c/a.jpg", b"own.jpg"]
    assert piece.seen[root + b"/c/a.jpg"] == FileState.of(os.stat(root + b"/../far/a.jpg"))
    assert without_skips(piece.remarks) == {root + b"/c/": Remark(broken=1, folders=1, root=root)}


def test_a_change_of_a_target_is_seen_by_the_next_scan(root: bytes) -> None:
    make(root, b"own.jpg", b"../far/a.jpg")
    link(root, b"c/a.jpg", b"../../far/a.jpg")
    link(root, b"c/b.jpg", b"../../far/b.jpg")
    digests = FolderDigests()

    def compared() -> list[bytes]:
        *_, last = pieces = list(scan.walk(root, root, following(root), digests))
        digests.confirm(root + b"/", last.agreed)
        return names(iter(pieces), root)

    assert compared() == [b"c/a.jpg", b"own.jpg"]
    assert compared() == []
    make(root, b"../far/b.jpg")
    assert compared() == [b"c/a.jpg", b"c/b.jpg"]
    os.utime(root + b"/../far/b.jpg", (1, 1))
    assert compared() == [b"c/a.jpg", b"c/b.jpg"]
    os.unlink(root + b"/../far/b.jpg")
    assert compared() == [b"c/a.jpg"]
    assert compared() == []


def test_links_to_the_same_file_need_one_image(root: bytes) -> None:
    make(root, b"own.jpg", b"../far/a.jpg")
    paths = [link(root, b"%d.jpg" % n, b"../far/a.jpg") for n in range(3)]
    state = FileState.of(os.stat(paths[0]))
    others = {root + b"/own.jpg": FileState.of(os.stat(root + b"/own.jpg"))}
    new = dict.fromkeys(paths, state) | others
    assert links.spares(new, []) == {paths[1]: paths[0], paths[2]: paths[0]}
    known = [Known(ImageId(1), paths[2], state)]
    del new[paths[2]]
    assert links.spares(new, known) == {paths[0]: paths[2], paths[1]: paths[2]}


def test_a_link_that_exists_keeps_its_image(root: bytes) -> None:
    make(root, b"own.jpg", b"../far/a.jpg")
    path = link(root, b"a.jpg", b"../far/a.jpg")
    selection = following(root)
    image = Known(ImageId(1), path, FileState.of(os.stat(path)))
    assert not scan.has_left(image, True, selection.links)
    assert scan.absence(path, PathSelection(root, selection)) is None
    assert scan.absence(path, PathSelection(root, Selection([], ["jpg"]))) is Hidden.LEFT_OUT
    os.rename(root + b"/../far/a.jpg", root + b"/b.jpg")
    assert scan.has_left(image, True, selection.links)
    assert scan.absence(path, PathSelection(root, selection)) is Hidden.AWAY
    os.unlink(path)
    os.symlink(b"b.jpg", path)
    assert scan.has_left(image, True, selection.links), "it is watched under its own name"
    assert scan.absence(path, PathSelection(root, selection)) is Hidden.GONE


def test_a_moved_folder_of_links_is_recognised(root: bytes) -> None:
    make(root, b"own.jpg", b"../far/a.jpg")
    path = link(root, b"a.jpg", b"../far/a.jpg")
    image = Known(ImageId(1), path, FileState.of(os.stat(path)))
    os.rename(root, root + b"2")
    assert unchanged([image], root, root + b"2") == [image]
    assert unchanged([image], root, root) == []
