"""A photo that was moved keeps its id, wherever it was moved to, and nothing else takes it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imgsimd.gallery.catalog.backlog import Candidate
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined
from imgsimd.indexing.arrivals import Arrivals
from imgsimd.types import FilePath, FileState, Plan
from imgsimd.watching.links import Links
from tests.support.photo_gallery import PhotoGallery, photo_gallery


class Bench(PhotoGallery):
    """A gallery in which arrivals are settled."""

    def __init__(self, gallery: PhotoGallery, root: Path) -> None:
        self.thread, self.opener = gallery.thread, gallery.opener
        self.root = root
        self.left: list[FilePath] = []
        """What was said to have been left."""
        self.arrivals = Arrivals(self.thread, self.opener, self.left.append)

    def photo(self, name: str, content: bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    async def settle(self, batch: list[Candidate]) -> list[Examined]:
        return await self.arrivals.settle(batch, self.examined(batch))

    def follow_links(self, are_followed: bool) -> None:
        self.opener.links = Links(are_followed, [], lambda *_: False, lambda *_: False)

    async def move(self, old: str, new: str) -> None:
        """A folder is known to have moved."""
        old_path, new_path = os.fsencode(self.root / old), os.fsencode(self.root / new)
        await self.thread.of_folders(Folders.succeed, old_path, new_path)

    async def id_of(self, photo: Path) -> int:
        (image,) = await self.known([photo])
        return image.id


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    root, state = tmp_path / "root", tmp_path / "state"
    root.mkdir()
    state.mkdir()
    async with photo_gallery(root, state) as gallery:
        yield Bench(gallery, root)


async def test_a_photo_that_was_moved_to_another_disk_keeps_its_id(bench: Bench) -> None:
    old = bench.photo("old.jpg", b"one")
    (image,) = await bench.embed(old)
    new = bench.photo("disk/new.jpg", b"one")
    old.unlink()
    await bench.settle(await bench.notice(new))
    assert await bench.paths() == {os.fsencode(new): image.id}
    assert bench.left == [image.path]
    assert await bench.waiting() == [], "its content is known"
    assert await bench.known([new]) == [
        image._replace(path=os.fsencode(new), state=FileState.of(os.stat(new)))
    ]


async def test_a_copy_of_a_photo_that_is_still_there_is_another_image(bench: Bench) -> None:
    old = bench.photo("old.jpg", b"one")
    (image,) = await bench.embed(old)
    copy = bench.photo("copy.jpg", b"one")
    batch = await bench.notice(copy)
    assert await bench.settle(batch) == bench.examined(batch)
    assert await bench.paths() == {image.path: image.id, batch[0].path: batch[0].id}
    assert bench.left == []


async def test_a_photo_that_was_restored_from_a_backup_has_not_left(bench: Bench) -> None:
    """It is another file, with the size and the time of the first."""
    old = bench.photo("old.jpg", b"one")
    (image,) = await bench.embed(old)
    new = bench.root / "new.jpg"
    shutil.copy2(old, new)
    new.replace(old)
    await bench.settle(await bench.notice(bench.photo("copy.jpg", b"one")))
    assert (await bench.paths())[image.path] == image.id
    assert bench.left == []


async def test_a_photo_whose_place_has_another_photo_now_has_left_it(bench: Bench) -> None:
    old = bench.photo("a.jpg", b"one")
    (image,) = await bench.embed(old)
    bench.photo("a.jpg", b"another")
    new = bench.photo("b.jpg", b"one")
    await bench.settle(await bench.notice(new))
    assert await bench.paths() == {os.fsencode(new): image.id}
    assert bench.left == [image.path], "somebody must look at what is there"


async def test_other_content_is_not_taken_for_a_photo_that_has_left(bench: Bench) -> None:
    old = bench.photo("old.jpg", b"one")
    (image,) = await bench.embed(old)
    old.unlink()
    batch = await bench.notice(bench.photo("new.jpg", b"two"))
    assert await bench.settle(batch) == bench.examined(batch)
    assert (await bench.paths())[image.path] == image.id
    assert bench.left == []


async def test_of_several_arrivals_the_one_of_the_same_name_is_the_photo(bench: Bench) -> None:
    old = bench.photo("m.jpg", b"one")
    (image,) = await bench.embed(old)
    old.unlink()
    arrived = [bench.photo(f"deep/{name}.jpg", b"one") for name in "amz"]
    batch = await bench.notice(*arrived)
    await bench.settle(batch)
    ids = {each.path: each.id for each in batch}
    assert await bench.paths() == ids | {os.fsencode(arrived[1]): image.id}


async def test_two_lanes_do_not_both_take_the_photo_that_has_left(bench: Bench) -> None:
    old = bench.photo("old.jpg", b"one")
    (image,) = await bench.embed(old)
    old.unlink()
    arrived = [bench.photo(name, b"one") for name in ("a.jpg", "b.jpg")]
    one, other = await bench.notice(*arrived)
    await asyncio.gather(bench.settle([one]), bench.settle([other]))
    known = await bench.paths()
    assert set(known) == {one.path, other.path}
    assert image.id in known.values()
    assert bench.left == [image.path]


@pytest.mark.parametrize("has_moved", [True, False])
async def test_a_known_photo_that_changes_into_one_that_has_left_keeps_its_own_id(
    bench: Bench, has_moved: bool
) -> None:
    old, stays = bench.photo("old/a.jpg", b"one"), bench.photo("new/a.jpg", b"two")
    if has_moved:
        await bench.move("old", "new")
    gone, kept = await bench.embed(old, stays)
    old.unlink()
    stays.write_bytes(b"one")
    changed = kept._replace(state=FileState.of(os.stat(stays)))
    await bench.thread.do(Gallery.apply, Plan(changed=[changed]))
    await bench.settle(await bench.waiting())
    assert await bench.paths() == {gone.path: gone.id, kept.path: kept.id}


async def test_a_photo_on_a_disk_that_is_away_has_not_left(bench: Bench) -> None:
    disk = bench.root.with_name("disk")
    disk.mkdir()
    away = disk / "a.jpg"
    away.write_bytes(b"one")
    await bench.show(bench.root, disk)
    (image,) = await bench.embed(away)
    await bench.show(bench.root)
    shutil.rmtree(disk)
    new = bench.photo("a.jpg", b"one")
    await bench.settle(await bench.notice(new))
    assert (await bench.paths())[image.path] == image.id
    assert bench.left == []


@pytest.mark.parametrize("are_followed", [True, False])
async def test_a_photo_behind_a_link_is_there_only_while_links_are_followed(
    bench: Bench, are_followed: bool
) -> None:
    target = bench.root.with_name("target.jpg")
    target.write_bytes(b"one")
    link = bench.root / "link.jpg"
    link.symlink_to(target)
    bench.follow_links(True)
    (image,) = await bench.embed(link)
    bench.follow_links(are_followed)
    new = bench.photo("new.jpg", b"one")
    await bench.settle(await bench.notice(new))
    assert (await bench.id_of(new) == image.id) is not are_followed


async def test_a_photo_in_a_folder_that_has_moved_is_the_one_that_lay_there(bench: Bench) -> None:
    """Its old folder may be there again, or a copy of it."""
    old = bench.photo("old/a.jpg", b"one")
    (image,) = await bench.embed(old)
    await bench.move("old", "new")
    new = bench.photo("new/a.jpg", b"one")
    assert await bench.settle(await bench.notice(new)) == []
    assert await bench.paths() == {os.fsencode(new): image.id}


async def test_another_photo_at_that_place_of_the_folder_is_a_new_one(bench: Bench) -> None:
    old = bench.photo("old/a.jpg", b"one")
    (image,) = await bench.embed(old)
    await bench.move("old", "new")
    new = bench.photo("new/a.jpg", b"two")
    batch = await bench.notice(new)
    assert await bench.settle(batch) == bench.examined(batch)
    assert await bench.paths() == {image.path: image.id, batch[0].path: batch[0].id}


async def test_a_batch_without_new_files_changes_nothing(bench: Bench) -> None:
    known = await bench.embed(bench.photo("a.jpg", b"one"))
    batch = [Candidate(i.id, i.path, i.state, b"content") for i in known]
    assert await bench.settle(batch) == bench.examined(batch)
    assert await bench.known([bench.root / "a.jpg"]) == known
