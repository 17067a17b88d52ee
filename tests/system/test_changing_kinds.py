"""The catalog agrees with the disk, without a rescan, whatever a path becomes: file, folder, link,
or pipe."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.exchange import exchange
from tests.support.following import followed

NAMES = ("a.jpg", "b.jpg", "deep/c.jpg", "deep/d.jpg")
PAUSES = (0.0, 0.0, 0.01, 0.06, 0.12)
"""Seconds between two changes: within the quiet time, about it, and beyond it."""


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


def photos(root: Path) -> set[str]:
    """What is to be known: regular files, no link followed."""
    return {
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
        if os.path.isfile(path := os.path.join(folder, name)) and not os.path.islink(path)
    }


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


@pytest.mark.parametrize("seed", range(1, 4))
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
            await scene.until_known(*photos(root))


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
