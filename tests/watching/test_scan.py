"""A scan reports what is there, piece by piece, and nothing that is uncertain."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from imgsimd import extensions
from imgsimd.types import FileState, Hidden, ImageId, Known, storable
from imgsimd.watching import scan
from imgsimd.watching.folder_digests import FolderDigests
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.selection import Selection
from tests.support.photo_folders import (
    MEMORY,
    ODD_NAMES,
    make,
    make_deep,
    make_what_is_no_photo,
    names,
)
from tests.support.requires import needs_namespaces

pytestmark = pytest.mark.user

LIST = """import os, sys; from imgsimd import extensions
from imgsimd.watching import folder_digests, scan, selection
root, agreed = os.fsencode(sys.argv[1]), folder_digests.FolderDigests()
photos = selection.Selection([], extensions.DEFAULT)
print(*(os.path.relpath(p, root).decode() for piece in scan.walk(root, root, photos, agreed)
        for p in piece.seen))"""


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path)


@pytest.fixture
def selection() -> Selection:
    return Selection([], extensions.DEFAULT)


def test_all_photos_are_seen_in_byte_order(root: bytes, selection: Selection) -> None:
    make(root, b"b/1.jpg", b"b.jpg", b"b-c.JPG", b"a/z/9.png", b"a.webp", b"b/notes.txt")
    seen = names(scan.walk(root, root, selection, FolderDigests()), root)
    assert seen == sorted(seen)
    assert set(seen) == {b"a.webp", b"a/z/9.png", b"b-c.JPG", b"b.jpg", b"b/1.jpg"}


def test_pieces_cover_everything_without_a_gap(
    root: bytes, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "PIECE_FILES", 3)
    make(root, *(b"%d/%d.jpg" % (folder, file) for folder in range(4) for file in range(4)))
    pieces = list(scan.walk(root, root, selection, FolderDigests()))
    assert len(pieces) > 5
    assert pieces[0].after == root + b"/"
    assert root + b"/\xff" < pieces[-1].upto < root + b"0"
    assert all(one.upto == other.after for one, other in pairwise(pieces))
    assert all(piece.after < path <= piece.upto for piece in pieces for path in piece.seen)


def test_links_pipes_sockets_devices_and_folders_named_like_photos_are_not_photos(
    root: bytes, selection: Selection
) -> None:
    make(root, b"real.jpg", b"folder.jpg/inside.jpg")
    make_what_is_no_photo(root)
    assert names(scan.walk(root, root, selection, FolderDigests()), root) == [
        b"folder.jpg/inside.jpg",
        b"real.jpg",
    ]


def test_a_name_may_contain_any_bytes(root: bytes, selection: Selection) -> None:
    """Bytes that are not UTF-8, control characters, and names that differ only in case or in
    composed and decomposed letters."""
    odd = [*ODD_NAMES, b"twin.jpg", b"Twin.jpg", "\u00e9.jpg".encode(), "e\u0301.jpg".encode()]
    make(root, *odd)
    assert names(scan.walk(root, root, selection, FolderDigests()), root) == sorted(odd)


def test_each_hard_link_is_a_photo_under_its_own_path(root: bytes, selection: Selection) -> None:
    make(root, b"a/one.jpg", b"b/x")
    os.link(root + b"/a/one.jpg", root + b"/a/two.jpg")
    os.link(root + b"/a/one.jpg", root + b"/b/one.jpg")
    seen = names(scan.walk(root, root, selection, FolderDigests()), root)
    assert seen == [b"a/one.jpg", b"a/two.jpg", b"b/one.jpg"]


@needs_namespaces
def test_a_folder_that_is_mounted_twice_is_seen_once_under_each_path(tmp_path: Path) -> None:
    """And a folder that is mounted inside itself does not make an endless path."""
    make(os.fsencode(tmp_path), b"root/album/a.jpg", b"root/alias/x", b"root/inside/x")
    script = f"""cd {tmp_path}/root
    mount --bind album alias && mount --bind . inside
    exec {sys.executable} -c '{LIST}' $PWD"""
    shown = subprocess.run(
        ["unshare", "-Urm", "sh", "-ec", script], capture_output=True, check=True
    )
    assert shown.stdout.split() == [b"album/a.jpg", b"alias/a.jpg", b"inside/album/a.jpg"]


def test_a_folder_that_cannot_be_listed_is_reported_and_not_taken_for_empty(
    root: bytes, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(root, b"good/a.jpg", b"secret/b.jpg")
    listing = os.scandir

    def refuse(path: bytes) -> object:
        if path.rstrip(b"/").endswith(b"secret"):  # as root, chmod would not do
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (piece,) = scan.walk(root, root, selection, FolderDigests())
    assert piece.unlisted == {root + b"/secret/": "the folder cannot be listed: permission denied"}
    assert [os.path.basename(path) for path in piece.seen] == [b"a.jpg"]


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE])
def test_a_file_that_gives_an_error_is_reported_and_the_scan_continues(
    root: bytes, selection: Selection, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    make(root, b"a.jpg", b"b.jpg", b"c/d.jpg")
    listing = os.scandir

    class Entry:
        """A file on a failing disk."""

        def __init__(self, entry: os.DirEntry[bytes]) -> None:
            self.name, self.path, self.is_dir = entry.name, entry.path, entry.is_dir
            self._stat = entry.stat

        def stat(self, follow_symlinks: bool) -> os.stat_result:
            if self.name == b"a.jpg":
                raise OSError(code, os.strerror(code))
            return self._stat(follow_symlinks=follow_symlinks)

    @contextmanager
    def failing(path: bytes) -> Iterator[Iterator[Entry]]:
        with listing(path) as entries:
            yield map(Entry, entries)

    monkeypatch.setattr(os, "scandir", failing)
    digests = FolderDigests()
    (piece,) = scan.walk(root, root, selection, digests)
    digests.confirm(root + b"/", piece.agreed)
    assert [path[len(root) :] for path in piece.seen] == [b"/b.jpg", b"/c/d.jpg"]
    reason = f"the file cannot be looked at: {os.strerror(code)}"
    assert piece.unlisted == {root + b"/a.jpg": reason}
    (again,) = scan.walk(root, root, selection, digests)
    assert again.agreed == {root + b"/c/"}, "until the disk answers, it is asked again"


def test_paths_too_long_for_the_kernel_are_reported_and_the_scan_continues(
    selection: Selection,
) -> None:
    """More than two thousand folders deep, which is more than Python's limit of recursion."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        root = os.fsencode(place)
        make(root, b"z.jpg")
        make_deep(root, 2050)
        *_, last = pieces = list(scan.walk(root, root, selection, FolderDigests()))
        subprocess.run(["rm", "-rf", root + b"/d"], check=True)  # Python cannot
    seen = names(iter(pieces), root)
    assert seen[-1] == b"z.jpg"
    assert max(map(len, seen)) > 2 * 1800
    assert 0 < len(last.unlisted) <= 4
    assert all("File name too long" in reason for reason in last.unlisted.values())


def test_inodes_and_times_too_large_for_the_database_are_accepted(root: bytes) -> None:
    """A camera's clock may be wrong."""
    make(root, b"a.jpg")
    path, far = root + b"/a.jpg", 10**19
    for mtime in (-(10**18), -1, 0, far):
        os.utime(path, ns=(mtime, mtime))
        state = scan.look(path)
        assert state is not None
        assert state == scan.look(path)
        assert all(-(2**63) <= number < 2**63 for number in state)
        if mtime != far:
            assert state.mtime_ns == mtime
    assert storable(2**64 - 2) != storable(2**64 - 3), "inodes from hashes use all 64 bits"
    assert -(2**63) <= storable(2**64 - 2) < 2**63


def test_memory_grows_with_the_largest_folder_not_with_the_tree(
    root: bytes, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "PIECE_FILES", 50)
    peaks = []
    for folders in (range(10), range(10, 80)):
        make(root, *(b"%03d/%d.jpg" % (folder, file) for folder in folders for file in range(20)))
        tracemalloc.start()
        for piece in scan.walk(root, root, selection, FolderDigests()):
            assert len(piece.seen) < 80
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0], "eight times the files"


def test_a_file_is_gone_only_if_that_is_certain(root: bytes) -> None:
    make(root, b"a.jpg", b"b.jpg")
    state = scan.look(root + b"/a.jpg")
    assert state is not None
    image = Known(ImageId(1), root + b"/a.jpg", state)
    assert not scan.has_left(image, keeps_inodes=True)
    os.replace(root + b"/b.jpg", root + b"/a.jpg")
    assert scan.has_left(image, keeps_inodes=True), "another file lies there"
    os.utime(root + b"/a.jpg", ns=(0, state.mtime_ns))
    assert scan.has_left(image, keeps_inodes=True)
    assert not scan.has_left(image, keeps_inodes=False), "inodes say nothing"
    os.unlink(root + b"/a.jpg")
    assert scan.has_left(image, keeps_inodes=True)
    assert scan.has_left(image, keeps_inodes=False)
    unseen = root + b"/" + b"x" * 300 + b".jpg"
    assert not scan.has_left(image._replace(path=unseen), keeps_inodes=True), "no proof"
    choice = PathSelection(root, Selection([], ["jpg"]))
    assert scan.absence(unseen, choice) is None, "nor here"
    assert scan.absence(image.path, choice) is Hidden.GONE


def test_two_looks_at_an_untouched_file_are_equal(root: bytes) -> None:
    make(root, b"a.jpg")
    state = scan.look(root + b"/a.jpg")
    assert isinstance(state, FileState)
    assert state == scan.look(root + b"/a.jpg")
    os.utime(root + b"/a.jpg", ns=(1, state.mtime_ns))
    assert state != scan.look(root + b"/a.jpg"), "setting the time back does not hide a change"
