"""What a user leaves out by its path stays left out when the watched folder has moved."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.support import following
from tests.support.following import Scene

Followed = Callable[..., AbstractAsyncContextManager[Scene]]
SHOWN = {"a.jpg", "b.jpg", "c.jpg", "Private/ok/d.jpg"}
"""What the patterns of these tests let in."""


@pytest.fixture
def followed(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """Follows folders for the length of a block; between two blocks, the daemon was stopped."""
    state = tmp_path_factory.mktemp("state")
    return partial(following.followed, below=tmp_path, state=state)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder `home/Pictures`; in its folder `Private` is one photo that may be shown."""
    folder = tmp_path / "home/Pictures"
    (folder / "Private/ok").mkdir(parents=True)
    for number, name in enumerate([*sorted(SHOWN), "Private/p.jpg"]):
        (folder / name).write_bytes(bytes(number))
    return folder


def within(folder: Path, base: Path, names: set[str] = SHOWN) -> set[str]:
    return {str((folder / name).relative_to(base)) for name in names}


def private(folder: Path | str) -> tuple[str, ...]:
    """Leaves out the folder `Private`, but for one in it."""
    return f"{folder}/Private/*", f"!{folder}/Private/ok"


@asynccontextmanager
async def renamed(followed: Followed, photos: Path, new: Path) -> AsyncIterator[Scene]:
    """Follows `photos`, which is renamed to `new` as soon as its images are known."""
    async with followed(photos, ignore=private(photos)) as scene:
        await scene.until_known(*within(photos, photos.parent.parent))
        photos.rename(new)
        yield scene


@pytest.mark.parametrize("kind", ["{home}/Pictures", "{home}/Pict*", "Pictures", "home/Pictures"])
async def test_a_pattern_still_matches_after_its_folder_or_a_parent_folder_is_renamed(
    tmp_path: Path, photos: Path, followed: Followed, kind: str
) -> None:
    """Whole paths, wildcards and last folders; while the daemon runs, and through two restarts."""
    ignore = private(kind.format(home=photos.parent))
    second, third = photos.with_name("Photos"), tmp_path / "mansion/Photos"
    async with followed(photos, ignore=ignore) as scene:
        await scene.until_known(*within(photos, tmp_path))
        photos.rename(second)
        scene.configure(second)
        await scene.rest()
        assert set(await scene.ids()) == within(second, tmp_path)
        (second / "Private/later.jpg").touch()
        (second / "Private/ok/e.jpg").touch()
        await scene.until_known(*within(second, tmp_path, SHOWN | {"Private/ok/e.jpg"}))
    second.parent.rename(third.parent)
    for _ in range(2):
        async with followed(third, ignore=ignore) as scene:
            await scene.rest()
            assert set(await scene.ids()) == within(third, tmp_path, SHOWN | {"Private/ok/e.jpg"})
            assert scene.root(third).reason == ""
            notes = [p.text for p in scene.reconciler.ineffective_settings]
            assert [f"write `{third}/Private/*` instead." in note for note in sorted(notes)] == [
                False,
                True,
            ]


async def test_a_pattern_matches_in_the_copy_of_a_folder_that_is_gone(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    new = tmp_path / "disk/Photos"
    ignore = private(photos)
    async with followed(photos, ignore=ignore) as scene:
        await scene.until_known(*within(photos, tmp_path))
    shutil.copytree(photos, new)
    shutil.rmtree(photos)
    async with followed(photos, new, ignore=ignore) as scene:
        await scene.until_known(*within(new, tmp_path))


async def test_a_pattern_matches_in_both_of_two_folders_that_have_swapped_names(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    """What one of the two patterns lets in, the other one still leaves out."""
    other, spare = tmp_path / "other", tmp_path / "spare"
    (other / "Private").mkdir(parents=True)
    for name in ("x.jpg", "Private/y.jpg"):
        (other / name).write_bytes(b"other " * len(name))
    ignore = (*private(photos), f"!{other}/Private")
    async with followed(photos, other, ignore=ignore) as scene:
        everything = within(photos, tmp_path) | {"other/x.jpg", "other/Private/y.jpg"}
        await scene.until_known(*everything)
    photos.rename(spare)
    other.rename(photos)
    spare.rename(other)
    for _ in range(2):
        async with followed(photos, other, ignore=ignore) as scene:
            await scene.rest()
            known = set(await scene.ids())
            assert known == within(other, tmp_path) | {
                "home/Pictures/x.jpg",
                "home/Pictures/Private/y.jpg",
            }, "it is kept, but hidden"
            await scene.until_shown(len(SHOWN) + 1)


async def test_a_pattern_also_matches_in_a_new_folder_at_the_path_of_one_that_was_renamed(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    new = photos.with_name("Photos")
    async with renamed(followed, photos, new) as scene:
        shutil.copytree(new / "Private", photos / "Private", copy_function=shutil.copyfile)
        scene.configure(photos, new)
        expected = within(new, tmp_path) | within(photos, tmp_path, {"Private/ok/d.jpg"})
        await scene.until_known(*expected)
        await scene.rest()
        assert set(await scene.ids()) == expected


@pytest.mark.parametrize("is_found_gone", [False, True])
async def test_a_pattern_still_matches_after_its_root_was_moved_into_another_root(
    tmp_path: Path, photos: Path, followed: Followed, is_found_gone: bool
) -> None:
    """So does a pattern for a path in any root. The new name has special characters of patterns."""
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "z.jpg").write_bytes(b"archive")
    (photos / "2020/raw").mkdir(parents=True)
    (photos / "2020/raw/r.jpg").write_bytes(b"raw")
    ignore = (*private(photos), "2020/raw")
    expected = within(archive / "old [*]", tmp_path) | {"archive/z.jpg"}
    async with followed(photos, archive, ignore=ignore) as scene:
        await scene.until_known(*within(photos, tmp_path), "archive/z.jpg")
        if is_found_gone:
            photos.rename(tmp_path / "spare")
            await scene.rest()
        (tmp_path / "spare" if is_found_gone else photos).rename(archive / "old [*]")
        await scene.until_known(*expected)
    archive.rename(tmp_path / "Archive")
    async with followed(tmp_path / "Archive", ignore=ignore) as scene:
        await scene.rest()
        assert {name.lower() for name in await scene.ids()} == {name.lower() for name in expected}


async def test_photos_are_indexed_once_the_pattern_is_removed_from_the_configuration(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    new = photos.with_name("Photos")
    async with renamed(followed, photos, new) as scene:
        scene.configure(new)
        await scene.rest()
        scene.ignore = ()
        scene.configure(new)
        await scene.until_known(*within(new, tmp_path, SHOWN | {"Private/p.jpg"}))


async def test_a_pattern_still_matches_after_a_folder_in_a_root_is_renamed_or_moved(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    """While the daemon runs, and while it is stopped."""
    root, other = photos.parent, tmp_path / "other"
    other.mkdir()
    (other / "z.jpg").write_bytes(b"other")
    async with followed(root, other, ignore=private(photos)) as scene:
        await scene.until_known("other/z.jpg", *within(photos, tmp_path))
        photos.rename(root / "Photos")
        await scene.until_known("other/z.jpg", *within(root / "Photos", tmp_path))
        (root / "Photos").rename(other / "Photos")
        await scene.until_known("other/z.jpg", *within(other / "Photos", tmp_path))
        await scene.rest()
    (other / "Photos").rename(root / "album")
    for _ in range(2):
        async with followed(root, other, ignore=private(photos)) as scene:
            await scene.rest()
            assert set(await scene.ids()) == {"other/z.jpg", *within(root / "album", tmp_path)}


async def test_a_folder_that_is_left_out_by_its_path_is_indexed_once_it_is_renamed(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    async with followed(photos, ignore=(f"{photos}/Private",)) as scene:
        shown = SHOWN - {"Private/ok/d.jpg"}
        await scene.until_known(*within(photos, tmp_path, shown))
        (photos / "Private").rename(photos / "shared")
        await scene.until_known(
            *within(photos, tmp_path, shown | {"shared/p.jpg", "shared/ok/d.jpg"})
        )


async def test_a_pattern_matches_in_both_places_after_the_copy_of_a_folder_in_a_root_is_relocated(
    tmp_path: Path, photos: Path, followed: Followed
) -> None:
    """What was indexed there before is hidden."""
    root, other = photos.parent, tmp_path / "other"
    shutil.copytree(photos, other / "copy", copy_function=shutil.copyfile)
    async with followed(root, other, ignore=private(photos)) as scene:
        await scene.until_shown(2 * len(SHOWN) + 1)
        async with scene.reconciler.at_rest():
            old, new = os.fsencode(photos), os.fsencode(other / "copy")
            sources = await scene.reconciler.relocator.sources(old, new)
            await scene.reconciler.relocate(sources, new)
        await scene.until_shown(2 * len(SHOWN))
        await scene.rest()
        await scene.until_shown(2 * len(SHOWN))
