"""The catalog agrees with the disk, without a rescan, whatever a path becomes: file, folder, link,
or pipe. A photo that a link has replaced is hidden and kept, in case links are to be followed."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.exchange import exchange
from tests.support.following import Scene, followed

pytestmark = pytest.mark.long

NAMES = ("a.jpg", "b.jpg", "deep/c.jpg", "deep/d.jpg")
PAUSES = (0.0, 0.0, 0.01, 0.06, 0.12)
"""Seconds between two changes: within the quiet time, about it, and beyond it."""
SEEDS = range(1, 4)
MORE_SEEDS = range(4, 25)


def make_file(path: Path) -> None:
    path.write_bytes(os.urandom(random.randrange(1, 99)))  # noqa: S311 - no secret


def make_folder(path: Path) -> None:
    path.mkdir()
    make_file(path / "inside.jpg")
    (path / "below").mkdir()
    make_file(path / "below/inside.jpg")


def make_link_to_file(path: Path) -> None:
    path.symlink_to(elsewhere(path) / "inside.jpg")


def make_link_to_folder(path: Path) -> None:
    path.symlink_to(elsewhere(path))


def elsewhere(path: Path) -> Path:
    """A folder with a photo, beside the root."""
    root = next(folder for folder in path.parents if folder.name == "root")
    return root.with_name("elsewhere")


KINDS: tuple[Callable[[Path], None], ...] = (
    make_file,
    make_folder,
    make_link_to_file,
    make_link_to_folder,
    os.mkfifo,
)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def paths(root: Path, is_so: Callable[[Path], bool]) -> set[str]:
    """The names below the root, no link followed, for which this is so."""
    return {
        os.path.relpath(path, root)
        for folder, folders, files in os.walk(root)
        for name in (*folders, *files)
        if is_so(path := Path(folder, name))
    }


def is_photo(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


async def until_visible(scene: Scene, names: set[str]) -> None:
    """Until these are the images that are not hidden."""

    async def are_visible() -> bool:
        return await scene.shown() == names

    await scene.until(are_visible)


async def until_kept_only_at(scene: Scene, names: set[str]) -> None:
    """Until no other image is hidden than these."""

    async def are_kept() -> bool:
        return await scene.hidden() <= names

    await scene.until(are_kept)


def change(root: Path, chance: random.Random) -> None:
    """One path becomes something else: made in place, or moved over from outside or from beside."""
    path = root / chance.choice(NAMES)
    other = root / chance.choice(NAMES)
    remove(path)
    match chance.choice(["gone", "made", "made", "moved in", "moved"]):
        case "made":
            chance.choice(KINDS)(path)
        case "moved in":
            source = elsewhere(path).with_name("root.new")
            chance.choice(KINDS[:2])(source)
            source.rename(path)
        case "moved" if os.path.lexists(other):
            other.rename(path)


@pytest.mark.parametrize(
    "seed", [*SEEDS, *(pytest.param(n, marks=pytest.mark.long) for n in MORE_SEEDS)]
)
async def test_the_catalog_follows_paths_that_become_something_else(
    tmp_path: Path, seed: int
) -> None:
    root, chance = tmp_path / "root", random.Random(seed)  # noqa: S311 - no secret
    (root / "deep").mkdir(parents=True)
    make_folder(tmp_path / "elsewhere")

    async with followed(root) as scene:
        for _ in range(5):
            for _ in range(chance.randrange(1, 12)):
                change(root, chance)
                await asyncio.sleep(chance.choice(PAUSES))
            await until_visible(scene, paths(root, is_photo))
        scene.reconciler.rescan()  # which also looks at what is hidden
        await until_kept_only_at(scene, paths(root, Path.is_symlink))
        await scene.until_idle()
        assert await scene.shown() == paths(root, is_photo)


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
async def test_a_folder_and_a_file_that_change_places_are_followed(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    (tmp_path / "a/deep").mkdir(parents=True)
    (tmp_path / "a/deep/inside.jpg").touch()
    (tmp_path / "b").touch()

    async with followed(tmp_path) as scene:
        exchange(*(tmp_path / name for name in names))
        await scene.until_known("b/deep/inside.jpg")
        await scene.until_idle()
        (tmp_path / "b/deep/new.jpg").touch()
        await scene.until_known("b/deep/inside.jpg", "b/deep/new.jpg")
