"""Thumbnails are kept on the disk, within a limit, and nothing else is touched there."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from imgsimd.web.thumbnail_cache import ThumbnailCache
from tests.support.patience import DEADLINE
from tests.support.seclusion import alone, mount

pytestmark = pytest.mark.user

BLOCK = 4096
JPEG = b"\xff\xd8" + bytes(BLOCK - 4) + b"\xff\xd9"
"""As large as a file system's block, and with a JPEG's ends."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache/imgsimd/thumbnails"


@pytest.fixture
def cache(folder: Path) -> ThumbnailCache:
    return ThumbnailCache(folder)


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def use_long_ago(file: Path, seconds: float) -> None:
    then = file.stat().st_mtime - seconds
    os.utime(file, (then, then))


def test_a_thumbnail_is_there_under_its_key_alone(cache: ThumbnailCache) -> None:
    cache.put("one", JPEG)
    assert cache.get("one") == JPEG
    assert cache.get("another") is None


def test_a_key_may_be_any_text(cache: ThumbnailCache) -> None:
    cache.put("../../\udcff\0/etc", JPEG)
    assert cache.get("../../\udcff\0/etc") == JPEG


def test_nobody_else_can_read_what_is_kept(cache: ThumbnailCache, folder: Path) -> None:
    cache.put("one", JPEG)
    made = [only_file(folder), folder, folder.parent, folder.parent.parent]
    assert [each.stat().st_mode & 0o077 for each in made] == [0] * 4


def test_another_process_finds_it(cache: ThumbnailCache, folder: Path) -> None:
    cache.put("one", JPEG)
    assert ThumbnailCache(folder).get("one") == JPEG


def test_a_later_one_takes_its_place(cache: ThumbnailCache, folder: Path) -> None:
    newer = JPEG[:2] + b"newer" + JPEG[-2:]
    cache.put("one", JPEG)
    cache.put("one", newer)
    assert cache.get("one") == newer
    assert len(list(folder.iterdir())) == 1


def test_the_least_recently_used_goes_first(folder: Path) -> None:
    cache = ThumbnailCache(folder, most_bytes=10 * BLOCK)
    for number in range(10):
        cache.put(str(number), JPEG)
        for file in folder.iterdir():
            use_long_ago(file, 60)
    assert cache.get("0")  # now it was used most recently
    cache.put("10", JPEG)
    assert [n for n in range(11) if not cache.get(str(n))] == [1, 2]


def test_what_an_earlier_process_has_left_counts(folder: Path) -> None:
    for number in range(100):
        ThumbnailCache(folder, most_bytes=10 * BLOCK).put(str(number), JPEG)
    assert len(list(folder.iterdir())) <= 10


def test_files_that_are_not_ours_are_neither_used_nor_removed(folder: Path, tmp_path: Path) -> None:
    cache = ThumbnailCache(folder, most_bytes=4 * BLOCK)
    cache.put("one", JPEG)
    photo = tmp_path / "photo.jpg"
    only_file(folder).rename(photo)
    names = ["beach.jpg", "0" * 39 + ".jpg", "0" * 40 + ".png", ".part", "notes.part"]
    for name in names:
        (folder / name).write_bytes(JPEG)
    (folder / ("0" * 40 + ".jpg")).symlink_to(photo)
    (folder / ("1" * 40 + ".jpg")).mkdir()
    for number in range(20):
        cache.put(str(number), JPEG)
    assert photo.read_bytes() == JPEG
    assert all((folder / name).read_bytes() == JPEG for name in names)
    assert (folder / ("1" * 40 + ".jpg")).is_dir()


@pytest.mark.parametrize("make", ["link", "pipe", "folder", "hard link of a longer file"])
def test_what_is_no_file_of_ours_is_not_read(
    make: str, cache: ThumbnailCache, folder: Path, tmp_path: Path
) -> None:
    cache.put("one", JPEG)
    file, photo = only_file(folder), tmp_path / "photo.jpg"
    file.unlink()
    photo.write_bytes(JPEG + b"trailing")
    if make == "link":
        photo.write_bytes(JPEG)
        file.symlink_to(photo)
    elif make == "pipe":
        os.mkfifo(file)
    elif make == "folder":
        file.mkdir()
    else:
        file.hardlink_to(photo)
    before = photo.read_bytes()
    assert cache.get("one") is None
    cache.put("one", JPEG)
    assert cache.get("one") == (None if make == "folder" else JPEG)
    assert photo.read_bytes() == before


@pytest.mark.parametrize("left", [b"", bytes(BLOCK), JPEG[:-1], b"<html>"])
def test_a_file_that_is_not_whole_is_made_again(
    left: bytes, cache: ThumbnailCache, folder: Path
) -> None:
    cache.put("one", JPEG)
    only_file(folder).write_bytes(left)
    assert cache.get("one") is None
    cache.put("one", JPEG)
    assert cache.get("one") == JPEG


def test_a_folder_that_is_a_link_is_not_used(folder: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    folder.parent.mkdir(parents=True)
    folder.symlink_to(photos)
    cache = ThumbnailCache(folder)
    cache.put("one", JPEG)
    assert cache.get("one") is None
    assert not list(photos.iterdir())


def test_a_folder_that_others_may_write_to_is_not_used(cache: ThumbnailCache, folder: Path) -> None:
    cache.put("one", JPEG)
    folder.chmod(0o777)
    assert cache.get("one") is None
    cache.put("two", JPEG)
    assert len(list(folder.iterdir())) == 1


@alone
def test_a_disk_that_cannot_be_written_still_gives_what_it_has(
    tmp_path: Path, folder: Path
) -> None:
    mount("-t", "tmpfs", "none", tmp_path)
    cache = ThumbnailCache(folder, spare_bytes=0)
    cache.put("one", JPEG)
    mount("-o", "remount,bind,ro", tmp_path)  # what an ordinary user may do, too
    cache.put("two", JPEG)
    assert (cache.get("one"), cache.get("two")) == (JPEG, None)


@alone
def test_a_full_disk_keeps_no_more(tmp_path: Path, folder: Path) -> None:
    mount("-t", "tmpfs", "-o", "size=64k", "none", tmp_path)
    cache = ThumbnailCache(folder, spare_bytes=0)
    for number in range(20):
        cache.put(str(number), JPEG)
    kept = [cache.get(str(number)) for number in range(20)]
    assert kept[0] == JPEG
    assert kept[-1] is None
    assert not [file for file in folder.iterdir() if file.stat().st_size != BLOCK]


@alone
def test_some_of_the_disk_is_left_to_others(tmp_path: Path, folder: Path) -> None:
    mount("-t", "tmpfs", "-o", "size=64k", "none", tmp_path)
    cache = ThumbnailCache(folder, spare_bytes=32 * 1024)
    for number in range(20):
        cache.put(str(number), JPEG)
    assert 4 <= len(list(folder.iterdir())) <= 8


def test_without_a_folder_nothing_is_kept() -> None:
    cache = ThumbnailCache(None)
    cache.put("one", JPEG)
    assert cache.get("one") is None


def test_a_folder_that_was_removed_is_made_again(cache: ThumbnailCache, folder: Path) -> None:
    cache.put("one", JPEG)
    only_file(folder).unlink()
    folder.rmdir()
    assert cache.get("one") is None
    cache.put("two", JPEG)
    assert cache.get("two") == JPEG


def test_what_a_killed_process_has_left_is_removed(folder: Path) -> None:
    cache = ThumbnailCache(folder, most_bytes=BLOCK)
    cache.put("one", JPEG)
    old, new = folder / ".00112233445566aa.part", folder / ".00112233445566bb.part"
    for part in (old, new):
        part.write_bytes(JPEG)
    use_long_ago(old, 7200)
    cache.put("two", JPEG)
    assert not old.exists()
    assert new.exists()


def _write_many(folder: Path, first: int) -> None:
    cache = ThumbnailCache(folder, most_bytes=32 * BLOCK)
    for number in range(200):
        key = str(first + number % 50)
        found = cache.get(key)
        assert found in (None, JPEG)
        cache.put(key, JPEG)


@pytest.mark.long
def test_several_processes_can_use_it_at_once(folder: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    processes = [spawn.Process(target=_write_many, args=(folder, n * 25)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(DEADLINE)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    size = sum(file.stat().st_blocks * 512 for file in folder.iterdir())
    assert size <= 32 * BLOCK + 3 * (32 * BLOCK // 16 + BLOCK)
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]
