"""Folders that have not changed are not compared again, and still no change is missed."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgsimd.reconciling import planning
from imgsimd.types import FilePath, FileState, ImageId, Known
from imgsimd.watching import scan
from imgsimd.watching.folder_digests import FolderDigests
from imgsimd.watching.selection import Selection

SELECTION = Selection(["ignored"], ["jpg"])
NAMES = [b"a", b"b", b"b0", b"c.jpg", b"\xff", b"ignored"]


class Follower:
    """A catalog that follows a folder by scans alone."""

    def __init__(self, root: bytes) -> None:
        self.root = root
        self.digests = FolderDigests()
        self.catalog: dict[FilePath, FileState] = {}
        self.compared = 0

    def rescan(self) -> None:
        for piece in scan.walk(self.root, self.root, SELECTION, self.digests):
            if piece.differs:
                self._follow(piece)
        self.digests.confirm(self.root + b"/", piece.agreed)

    def _follow(self, piece: scan.Piece) -> None:
        within = [path for path in sorted(self.catalog) if piece.after < path <= piece.upto]
        known = [Known(ImageId(n), path, self.catalog[path]) for n, path in enumerate(within)]
        plan = planning.compare(known, piece.seen, piece.unlisted, piece.agreed)
        self.compared += len(piece.seen)
        self.catalog |= plan.new | {image.path: image.state for image in plan.changed}
        for image in plan.missing:
            del self.catalog[image.path]


def everything(root: bytes) -> dict[FilePath, FileState]:
    pieces = scan.walk(root, root, SELECTION, FolderDigests())
    return {path: state for piece in pieces for path, state in piece.seen.items()}


def change(root: bytes, chance: random.Random) -> None:
    """Changes a folder at random."""
    folder = chance.choice([path for path, _, _ in os.walk(root)])
    target = os.path.join(folder, chance.choice(NAMES))
    if chance.random() < 0.5:
        os.makedirs(target, exist_ok=True)
        with open(os.path.join(target, chance.choice([b"1.jpg", b"2.jpg", b"3.txt"])), "ab") as f:
            f.write(b"more")
    elif folder != root and chance.random() < 0.5:
        shutil.rmtree(folder)
    elif folder != root and not os.path.exists(os.path.join(root, b"moved")):
        os.rename(folder, os.path.join(root, b"moved"))
    else:
        for name in os.listdir(folder):
            if name.endswith(b"1.jpg"):
                os.unlink(os.path.join(folder, name))


@settings(max_examples=40, deadline=None)
@given(chance=st.randoms(use_true_random=True))
def test_a_rescan_finds_every_change_whatever_was_skipped(chance: random.Random) -> None:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "PIECE_FILES", 3)
        root = os.fsencode(place)
        follower = Follower(root)
        for _ in range(8):
            for _ in range(chance.randrange(6)):
                change(root, chance)
            follower.rescan()
            assert follower.catalog == everything(root)


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    for folder in ("one", "two", "two/inner"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").write_bytes(b"a")
    follower = Follower(os.fsencode(tmp_path))
    follower.rescan()
    assert follower.compared == 3
    return follower


def test_nothing_is_compared_where_nothing_has_changed(follower: Follower) -> None:
    follower.rescan()
    assert follower.compared == 3


def test_only_the_folder_of_a_change_is_compared(follower: Follower) -> None:
    Path(os.fsdecode(follower.root), "two/b.jpg").write_bytes(b"b")
    follower.rescan()
    assert follower.compared == 3 + 2, "two/a.jpg and two/b.jpg, but not two/inner/a.jpg"


def test_a_folder_in_doubt_is_compared_again(follower: Follower) -> None:
    path = follower.root + b"/one/a.jpg"
    del follower.catalog[path]  # as when it was moved while its disk was elsewhere
    follower.digests.doubt(path)
    follower.rescan()
    assert path in follower.catalog


def test_a_scan_that_was_not_carried_out_confirms_nothing(follower: Follower) -> None:
    path = follower.root + b"/one/b.jpg"
    Path(os.fsdecode(path)).write_bytes(b"b")
    list(scan.walk(follower.root, follower.root, SELECTION, follower.digests))
    follower.rescan()
    assert path in follower.catalog


def test_folders_that_come_one_by_one_cost_the_same_however_many_there_are() -> None:
    digests = FolderDigests()
    for number in range(50_000):
        digests.propose(b"/r/%d/" % number, number)
    digests.confirm(b"/r/", set())
    begin = time.process_time()
    for number in range(50_000, 60_000):
        digests.propose(b"/r/%d/" % number, number)
        digests.confirm(b"/r/%d/" % number, set())
    assert time.process_time() - begin < 10, "with a look at all folders: half a minute"
    assert digests.holds(b"/r/49999/", 49_999)
    assert digests.holds(b"/r/59999/", 59_999)
