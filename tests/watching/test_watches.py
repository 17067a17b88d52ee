"""Every folder that is looked into is watched, and no other; what cannot be watched is known."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from imgsimd.types import FilePath
from imgsimd.watching.observer import Observer
from imgsimd.watching.selection import Selection
from imgsimd.watching.settle import Sign
from imgsimd.watching.watch_coverage import Coverage
from tests.support.exchange import exchange
from tests.support.observation import Ears, observed, until
from tests.support.seclusion import alone, limit, mount, obey_modes

pytestmark = pytest.mark.user


def in_kernel(observer: Observer) -> int:
    """How many watches the kernel says there are."""
    descriptor = observer._observer._inotify_fd._inotify_fd
    return Path(f"/proc/self/fdinfo/{descriptor}").read_text().count("inotify wd:")


def make(root: Path, *folders: str) -> None:
    for folder in folders:
        (root / folder).mkdir(parents=True)


async def told(ears: Ears, path: Path) -> None:
    """Writes the file; returns when its hint has come, after all earlier hints."""
    path.write_bytes(b"x")
    await finished(ears, path)


async def finished(ears: Ears, path: Path) -> None:
    await until(lambda: (os.fsencode(path), Sign.FINISHED) in ears.hints)


async def test_ignored_folders_use_no_watch(tmp_path: Path) -> None:
    make(tmp_path, "a/b", ".git/objects/00", "a/@eaDir/x")

    async with observed(tmp_path) as (ears, observer):
        assert observer.coverage(os.fsencode(tmp_path)) == Coverage(3)
        make(tmp_path, "a/b/.thumbnails/large", "c/.cache/x")
        (tmp_path / "a/b/.thumbnails/large/1.jpg").touch()
        await until(lambda: (os.fsencode(tmp_path / "c"), Sign.FOLDER) in ears.hints)
        await told(ears, tmp_path / "c/photo.jpg")
        assert in_kernel(observer) == 4
        assert not [path for path, _ in ears.hints if b".thumbnails/" in path]


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("is_file", [True, False])
async def test_folders_that_swap_names_stay_watched(
    tmp_path: Path, names: tuple[str, str], is_file: bool
) -> None:
    make(tmp_path, "a/deep")
    if is_file:
        (tmp_path / "b").touch()
    else:
        make(tmp_path, "b/deep")

    async with observed(tmp_path) as (ears, observer):
        before = in_kernel(observer)
        exchange(*(tmp_path / name for name in names))
        await told(ears, tmp_path / "marker.jpg")
        for folder in ("b",) if is_file else ("a", "b"):
            await told(ears, tmp_path / folder / "photo.jpg")
            await told(ears, tmp_path / folder / "deep/photo.jpg")
        assert in_kernel(observer) == before


async def test_a_rule_file_ends_or_starts_the_watches_below_its_folder(tmp_path: Path) -> None:
    """The folder itself stays watched, so that the removal of the file is noticed."""
    make(tmp_path, "a/b/c", "Private/deep", "marked/deep/er")
    (tmp_path / "marked/.nomedia").touch()
    (tmp_path / ".imgsimdignore").write_text("Private\n")
    saved = tmp_path / "new"

    async with observed(tmp_path) as (ears, observer):
        assert in_kernel(observer) == 5
        (tmp_path / "a/.nomedia").touch()
        await until(lambda: in_kernel(observer) == 3)
        make(tmp_path, "a/new/folder")
        (tmp_path / "marked/.nomedia").rename(tmp_path / "marked/media")
        await until(lambda: in_kernel(observer) == 5)
        await told(ears, tmp_path / "marked/deep/er/a.jpg")
        (tmp_path / "a/.nomedia").unlink()
        saved.write_text("marked\n")
        saved.rename(tmp_path / ".imgsimdignore")  # as editors save
        await finished(ears, tmp_path / ".imgsimdignore")
        assert in_kernel(observer) == 8
        await told(ears, tmp_path / "Private/deep/a.jpg")
        await told(ears, tmp_path / "a/new/folder/a.jpg")


async def test_a_renamed_folder_is_watched_according_to_its_new_name(tmp_path: Path) -> None:
    make(tmp_path, "shown/sub", ".hidden/sub", "2019/raw", "2020/jpg")

    async with observed(tmp_path, Selection([".*", "2021/raw"], ["jpg"])) as (ears, observer):
        assert in_kernel(observer) == 7
        (tmp_path / "shown").rename(tmp_path / ".away")
        await until(lambda: in_kernel(observer) == 5)
        (tmp_path / ".hidden").rename(tmp_path / "found")
        await until(lambda: in_kernel(observer) == 7)
        await told(ears, tmp_path / "found/sub/a.jpg")
        (tmp_path / "2019").rename(tmp_path / "2021")  # in which `raw` is ignored
        await until(lambda: in_kernel(observer) == 6)
        await told(ears, tmp_path / "2021/b.jpg")


async def test_a_folder_that_was_moved_away_is_no_longer_watched(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    make(root, "a/b", "kept")

    async with observed(root) as (ears, observer):
        assert in_kernel(observer) == 4
        (root / "a").rename(outside)
        make(root, "a")
        await until(lambda: (os.fsencode(root / "a"), Sign.FOLDER_GONE) in ears.hints)
        await until(lambda: in_kernel(observer) == 3)
        (outside / "b/ghost.jpg").touch()
        await told(ears, root / "a/new.jpg")
        assert os.fsencode(root / "a/b/ghost.jpg") not in [path for path, _ in ears.hints]


async def test_a_folder_that_is_replaced_by_another_is_no_longer_watched(tmp_path: Path) -> None:
    """Watchdog holds a departure back for half a second, and reports a new folder before."""
    make(tmp_path, "root/a/deep", "elsewhere")

    async with observed(tmp_path / "root") as (ears, observer):
        for number in range(20):
            (tmp_path / "root/a").rename(tmp_path / f"elsewhere/{number}")
            make(tmp_path, "root/a/deep")
        await told(ears, tmp_path / "root/marker.jpg")
        await told(ears, tmp_path / "root/a/deep/photo.jpg")
        (tmp_path / "elsewhere/0/deep/left.jpg").touch()
        (tmp_path / "elsewhere/19/left.jpg").touch()
        await told(ears, tmp_path / "root/marker2.jpg")
        assert not [path for path, _ in ears.hints if path.endswith(b"left.jpg")]
        assert in_kernel(observer) == 3


async def test_a_tree_of_folders_that_comes_and_goes_leaves_no_watch_behind(tmp_path: Path) -> None:
    async with observed(tmp_path) as (ears, observer):
        for _ in range(3):
            make(tmp_path, *(f"x/{number}/y" for number in range(20)))
            (tmp_path / "x").rename(tmp_path / "z")
            await told(ears, tmp_path / "z/7/y/a.jpg")
            for folder, _, names in os.walk(tmp_path / "z", topdown=False):
                for name in names:
                    os.unlink(os.path.join(folder, name))
                os.rmdir(folder)
            await until(lambda: in_kernel(observer) == 1)
        await until(lambda: observer.coverage(os.fsencode(tmp_path)) == Coverage(1))
        assert observer.is_healthy()


async def test_links_are_not_followed_even_in_a_loop(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    make(root, "a")
    make(outside, "far")
    (root / "a/loop").symlink_to(root)
    (root / "a/out").symlink_to(outside)

    async with observed(root) as (ears, observer):
        assert observer.coverage(os.fsencode(root)) == Coverage(2)
        (root / "again").symlink_to(root / "a")
        (outside / "far/unseen.jpg").touch()
        await told(ears, root / "a/seen.jpg")
        assert {os.path.basename(path) for path, _ in ears.hints} == {b"again", b"seen.jpg"}
        assert in_kernel(observer) == 2


@alone
async def test_a_folder_mounted_twice_in_a_root_gives_hints_under_both_paths(
    tmp_path: Path,
) -> None:
    make(tmp_path, "one/sub", "two")

    mount("--bind", tmp_path / "one", tmp_path / "two")
    async with observed(tmp_path) as (ears, _):
        make(tmp_path, "one/new")
        await until(lambda: (os.fsencode(tmp_path / "two/new"), Sign.FOLDER) in ears.hints)
        for photo in ("sub/a.jpg", "new/b.jpg"):
            await told(ears, tmp_path / "one" / photo)
            await finished(ears, tmp_path / "two" / photo)


@alone
async def test_at_the_watch_limit_it_is_known_how_many_folders_are_not_watched(
    tmp_path: Path,
) -> None:
    make(tmp_path, *(f"{number:02}/sub" for number in range(10)))
    root: FilePath = os.fsencode(tmp_path)

    limit("max_inotify_watches", 12)
    async with observed(tmp_path) as (ears, observer):
        found = observer.coverage(root)
        assert (found.watched, found.refused) == (in_kernel(observer), {errno.ENOSPC: 9})
        assert await asyncio.to_thread(observer.retry, root) == []
        limit("max_inotify_watches", 1000)
        gained = await asyncio.to_thread(observer.retry, root)
        assert observer.coverage(root) == Coverage(21)
        assert in_kernel(observer) == 21
        for folder in tmp_path.glob("*/sub"):
            above = (os.fsencode(folder), os.fsencode(folder.parent))
            if set(above) & set(gained):
                await told(ears, folder / "a.jpg")


@alone
async def test_a_folder_that_cannot_be_read_is_counted_and_watched_as_soon_as_it_can_be(
    tmp_path: Path,
) -> None:
    make(tmp_path, "open", "closed/inside")
    (tmp_path / "closed").chmod(0)
    root: FilePath = os.fsencode(tmp_path)

    obey_modes()
    async with observed(tmp_path) as (ears, observer):
        assert observer.coverage(root) == Coverage(2, {errno.EACCES: 1})
        assert await asyncio.to_thread(observer.retry, root) == []
        (tmp_path / "closed").chmod(0o700)
        assert await asyncio.to_thread(observer.retry, root) == [root + b"/closed"]
        await told(ears, tmp_path / "closed/inside/a.jpg")
