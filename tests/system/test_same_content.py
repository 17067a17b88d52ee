"""A file is read again only if its content may have changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.household import Household, until
from tests.support.seclusion import alone, mount, unmount

pytestmark = [pytest.mark.user, pytest.mark.long]

PADDED = 2**20
"""Bytes of each photo: far more than the daemon reads otherwise."""
PHOTOS = 8


@pytest.fixture
def settled(home: Household, album: list[Path]) -> Household:
    """A daemon that has indexed eight photos of one MiB each."""
    fill(home.photos, album)
    home.start()
    home.settle()
    return home


def fill(folder: Path, album: list[Path]) -> None:
    for picture in album[:PHOTOS]:
        (folder / picture.name).write_bytes(picture.read_bytes().ljust(PADDED, b"\0"))


def bytes_read(home: Household, step: Callable[[], object]) -> int:
    """How much the daemon reads until it has noticed everything after this step and a rescan."""
    assert home.process is not None
    counters = Path(f"/proc/{home.process.pid}/io")

    def read() -> int:
        return int(counters.read_text().split()[1])

    before = read()
    step()
    assert home.ctl("rescan").returncode == 0
    home.settle()
    return read() - before


def chmod(home: Household) -> None:
    subprocess.run(["chmod", "-R", "g+w", home.photos], check=True)


def link(home: Household) -> None:
    """A backup by hard links, as rsnapshot makes it."""
    subprocess.run(["cp", "-al", home.photos, home.folder / "backup"], check=True)


def rotate(home: Household) -> None:
    """The next backup takes the place of the last one: afterwards there are as many links."""
    subprocess.run(["cp", "-al", home.photos, home.folder / "next"], check=True)
    shutil.rmtree(home.folder / "backup")


def remove_links(home: Household) -> None:
    shutil.rmtree(home.folder / "next")


def test_a_chmod_or_a_hard_link_is_no_change_of_a_photo(settled: Household) -> None:
    home = settled
    ids, decoded = home.ids(), home.status()["decoded"]
    for step in (chmod, link, rotate, remove_links):
        step(home)
        check = home.ctl("check", "--json")
        assert (check.returncode, json.loads(check.stdout)["sound"]) == (0, True), step
        photo = home.photos / sorted(ids)[0]
        assert home.ctl("similar", str(photo), "-k", "1").returncode == 0
        assert bytes_read(home, lambda: None) < PADDED, step
    assert home.ids() == ids
    assert home.status()["decoded"] == decoded, "an indexed photo answers from its vector"


def test_a_photo_with_an_unexplained_ctime_is_read_once_and_is_no_finding(
    settled: Household,
) -> None:
    home = settled
    ids, decoded = home.ids(), home.status()["decoded"]
    for photo in home.photos.iterdir():
        times = photo.stat()
        os.utime(photo, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert home.ctl("check").returncode == 0
    assert bytes_read(home, lambda: None) >= PHOTOS * PADDED
    assert bytes_read(home, lambda: None) < PADDED
    assert home.ctl("check").returncode == 0
    assert (home.ids(), home.status()["decoded"]) == (ids, decoded)


def test_check_finds_content_that_was_changed_behind_an_old_mtime(
    home: Household, album: list[Path]
) -> None:
    """While the daemon was away; it looks only once it is told to, or at the next start."""
    fill(home.photos, album)
    home.start()
    home.settle()
    home.stop()
    photo = home.photos / album[0].name
    times = photo.stat()
    photo.write_bytes(album[20].read_bytes().ljust(PADDED, b"\0"))
    os.utime(photo, ns=(times.st_atime_ns, times.st_mtime_ns))
    home.start()
    assert home.settle()["decoded"] == 1


@alone
def test_new_inodes_of_a_network_disk_are_no_change(tmp_path: Path, album: list[Path]) -> None:
    """An overlay stands in for it: what was below the first mount was copied with its times."""
    mount("-t", "tmpfs", "none", tmp_path)
    home = Household(tmp_path)
    layers = [tmp_path / "first", tmp_path / "second", tmp_path / "empty"]
    layers[0].mkdir()
    layers[2].mkdir()
    fill(layers[0], album)
    subprocess.run(["cp", "-a", layers[0], layers[1]], check=True)

    def remount(number: int) -> None:
        where = f"lowerdir={layers[number]}:{layers[2]}"
        mount("-t", "overlay", "-o", where, "none", home.photos)

    remount(0)
    home.start()
    home.settle()
    ids, before = home.ids(), sorted(os.stat(p).st_ino for p in home.photos.iterdir())

    def away() -> None:
        unmount(home.photos)
        until(lambda: home.status()["roots"][0]["state"] == "offline")
        remount(1)
        until(lambda: home.status()["images"] == len(ids))

    assert bytes_read(home, away) < PADDED
    assert sorted(os.stat(p).st_ino for p in home.photos.iterdir()) != before
    assert (home.ids(), home.status()["decoded"]) == (ids, PHOTOS)
    assert home.ctl("check").returncode == 0
    home.stop()
