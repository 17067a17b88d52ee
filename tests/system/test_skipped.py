"""Nothing in a watched folder is skipped in silence."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.client import Client
from tests.support.household import Household, indexed, until

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    with indexed(tmp_path_factory.mktemp("home"), album[:1]) as home:
        yield home


def skipped(home: Household) -> dict[tuple[str, str], int]:
    """How many files are not indexed, by reason and extension."""
    answer = json.loads(home.ctl("skipped", "--json").stdout)
    return {(skip["reason"], skip["extension"]): skip["files"] for skip in answer}


def fill(home: Household) -> None:
    """A folder with what lies beside photos."""
    names = ["a.mp4", "b.MOV", "c.mp4", "logo.svg", "notes.txt", "a.xmp", "all.zip", "data.xyz",
             "README", "IMG_1.jpg_large", ".hidden.jpg", "deep/d.mp4", ".git/e.mp4"]  # fmt: skip
    for name in names:
        path = home.photos / "mixed" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    os.mkfifo(home.photos / "mixed" / "pipe.jpg")


FOUND = {
    ("video", "mp4"): 3,
    ("video", "mov"): 1,
    ("picture", "svg"): 1,
    ("document", "txt"): 1,
    ("sidecar", "xmp"): 1,
    ("archive", "zip"): 1,
    ("other", "xyz"): 1,
    ("other", ""): 1,
    ("no_extension", ""): 1,
    ("left_out", "jpg"): 1,
    ("folder_left_out", ""): 1,
    ("no_file", ""): 1,
}


def rescanned(home: Household) -> None:
    home.ctl("rescan")
    home.settle()


def test_what_lies_beside_photos_is_counted_by_reason(shared_home: Household) -> None:
    before = skipped(shared_home)
    fill(shared_home)
    rescanned(shared_home)
    assert skipped(shared_home) == before | FOUND
    assert all(os.path.lexists(skip.example) for skip in Client(shared_home.socket).skipped())
    status = shared_home.status()
    assert status["skipped"]["files"] == sum(FOUND.values()) - 1, "a folder is no file"
    assert status["roots"][0]["skipped"] == status["skipped"]
    shutil.rmtree(shared_home.photos / "mixed")
    rescanned(shared_home)
    assert skipped(shared_home) == before


def test_videos_are_counted_as_they_come_and_go(shared_home: Household) -> None:
    video = shared_home.photos / "clip.mp4"
    video.write_bytes(b"x")
    until(lambda: skipped(shared_home).get(("video", "mp4")) == 1)
    video.rename(video.with_name("clip.avi"))
    until(lambda: ("video", "avi") in skipped(shared_home))
    assert ("video", "mp4") not in skipped(shared_home)
    video.with_name("clip.avi").unlink()
    until(lambda: ("video", "avi") not in skipped(shared_home))


def test_commands_tell_what_is_not_indexed_in_a_line(shared_home: Household) -> None:
    (shared_home.photos / "one.mp4").write_bytes(b"x")
    until(lambda: skipped(shared_home).get(("video", "mp4")) == 1)
    up, check = shared_home.ctl("up"), shared_home.ctl("check")
    for said in (up.stdout, check.stderr):
        assert b"Not indexed: 1 video. `imgsimctl skipped` lists them." in said
    for command in ("status", "roots"):
        assert "1 video" in shared_home.ctl(command).stdout.decode()
    listed = shared_home.ctl("skipped").stdout.decode()
    assert str(shared_home.photos / "one.mp4") in listed
    (shared_home.photos / "one.mp4").unlink()
    until(lambda: not skipped(shared_home))
    nothing = shared_home.ctl("skipped")
    assert (nothing.returncode, nothing.stdout) == (0, b"")
    assert b"Every file in the watched folders is a photo" in nothing.stderr


def test_a_setting_that_leaves_photos_out_is_counted(
    shared_home: Household, album: list[Path]
) -> None:
    shared_home.add(album[0], "drafts/one.jpg", "two.draft.jpg")
    rescanned(shared_home)
    shared_home.configure('ignore = ["drafts", "*.draft.jpg"]')
    shared_home.ctl("reload")
    shared_home.settle()
    assert skipped(shared_home) == {("left_out", "jpg"): 1, ("folder_left_out", ""): 1}
    shared_home.configure("")
    shared_home.ctl("reload")
    shared_home.settle()
    assert skipped(shared_home) == {}


def test_a_link_that_is_not_followed_is_counted(shared_home: Household) -> None:
    link = shared_home.photos / "far.jpg"
    link.symlink_to("/nowhere.jpg")
    until(lambda: skipped(shared_home) == {("link", ""): 1})
    link.unlink()
    until(lambda: skipped(shared_home) == {})


def test_nothing_is_counted_while_its_root_is_offline(shared_home: Household) -> None:
    photos, away = shared_home.photos, shared_home.photos.with_name("away")
    (photos / "one.mp4").write_bytes(b"x")
    until(lambda: skipped(shared_home) == {("video", "mp4"): 1})
    photos.rename(away)
    until(lambda: shared_home.status()["roots"][0]["state"] == "offline")
    assert skipped(shared_home) == {}
    assert shared_home.status()["skipped"] == {"files": 0, "summary": ""}
    away.rename(photos)
    until(lambda: skipped(shared_home) == {("video", "mp4"): 1})
    (photos / "one.mp4").unlink()
    until(lambda: skipped(shared_home) == {})


def test_no_file_that_is_skipped_is_opened(shared_home: Household) -> None:
    video = shared_home.photos / "long.mp4"
    video.write_bytes(b"x")
    os.utime(video, (1, 1))  # relatime updates an access time that is before the modification
    os.utime(video, ns=(1, video.stat().st_mtime_ns + 10**9))
    until(lambda: ("video", "mp4") in skipped(shared_home))
    rescanned(shared_home)
    assert video.stat().st_atime_ns == 1
    video.unlink()


def test_a_file_of_any_name_is_a_photo_if_the_user_says_so_and_its_content_is_one(
    shared_home: Household, album: list[Path]
) -> None:
    odd = ["IMG_1", "IMG_2.jpg_large", "IMG_3.unknown"]
    shared_home.add(album[1], *odd)
    (shared_home.photos / "notes.bak").write_bytes(b"These are notes.")
    rescanned(shared_home)
    images = shared_home.status()["images"]
    shared_home.configure("any_extension = true")
    shared_home.ctl("reload")
    status = shared_home.settle()
    assert status["images"] == images + len(odd)
    assert status["failed"] == 0, "nothing is wrong with a file that is no photo"
    assert json.loads(shared_home.ctl("failed", "--json").stdout) == []
    assert skipped(shared_home) == {("no_picture", ""): 1}
    assert status["skipped"]["summary"] == "1 other file that is no picture"
    decoded = status["decoded"]
    rescanned(shared_home)
    assert shared_home.status()["decoded"] == decoded, "it is not read again"
    (shared_home.photos / "IMG_4.jpg").write_bytes(b"no picture")
    assert until(lambda: shared_home.settle()["failed"]) == 1
    for name in [*odd, "notes.bak", "IMG_4.jpg"]:
        (shared_home.photos / name).unlink()
    shared_home.configure("")
    shared_home.ctl("reload")
    shared_home.settle()
