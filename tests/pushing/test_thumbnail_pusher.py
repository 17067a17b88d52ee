"""What thumbnails a shared store has: one of each image that has a row there, made once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery import thumbnail_pushes
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.milvus.messages import MOST_JPEG_BYTES, Request, ThumbnailIds, WriteThumbnails
from imgsimd.pushing import retries, thumbnail_comparison, thumbnail_pusher
from imgsimd.pushing.pusher import Pusher
from imgsimd.pushing.shared_store import shared_stores
from imgsimd.pushing.thumbnail_pusher import ThumbnailPusher
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import Hidden, ImageId, Known, Plan, Rename
from tests.support import library
from tests.support.fake_milvus import FakeMilvus
from tests.support.patience import DEADLINE

HOST = HostNumber(5)
AWAY = StoreError("Nothing answers.", StoreFault.AWAY)


class Maker:
    """Makes a thumbnail of the name, the size and the time of a file."""

    def __init__(self) -> None:
        self.on_idle: Callable[[], None] = lambda: None
        self.has_time = True
        self.refused: set[ImageId] = set()
        self.changing: set[ImageId] = set()
        self.made: list[ImageId] = []
        self.meanwhile: Callable[[], Any] | None = None

    async def may_be_made(self) -> bool:
        return self.has_time

    async def of(self, images: Iterable[Known], pixels: int) -> dict[ImageId, bytes | None]:
        found = [image for image in images if image.id not in self.changing]
        self.made += [image.id for image in found]
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return {i.id: None if i.id in self.refused else jpeg_of(i) for i in found}


def jpeg_of(image: Known) -> bytes:
    return f"{pixels_of(image)} pixels".encode()


def pixels_of(image: Known) -> int:
    return image.state.size


class Machine:
    """A gallery that is shared, and what pushes its rows and its thumbnails."""

    def __init__(self, server: FakeMilvus, is_wanted: bool = True) -> None:
        self.server = server
        self.maker = Maker()
        self.gallery = GalleryThread(make_store=shared_stores(server, "p"))
        self.rows = Pusher(self.gallery, server, "p")
        self.start(is_wanted)

    def start(self, is_wanted: bool = True) -> None:
        """As another daemon of the same gallery."""
        self.thumbnails = ThumbnailPusher(self.gallery, self.server, "p", self.maker, is_wanted)

    async def open(self, folder: Path) -> None:
        def begin(gallery: Gallery) -> None:
            gallery.pushes.share(HOST, [library.ROOT])
            library.begin(gallery)

        await self.gallery.open(folder / "gallery.db")
        await self.gallery.do(begin)

    async def add(self, *words: int) -> None:
        await self.gallery.do(lambda g: library.work_off(g, library.add(g, *words)))

    async def images(self) -> list[Known]:
        return await self.gallery.do(lambda g: g.images.by_id([ImageId(n) for n in range(1, 1000)]))

    async def push(self) -> None:
        await self.rows.push_all()
        await self.thumbnails.push_all()


@pytest.fixture
def server() -> FakeMilvus:
    return FakeMilvus()


@pytest.fixture
async def machine(tmp_path: Path, server: FakeMilvus) -> AsyncIterator[Machine]:
    machine = Machine(server)
    await machine.open(tmp_path)
    yield machine
    await machine.gallery.close()


def there(server: FakeMilvus) -> dict[int, bytes]:
    """The thumbnails in the store, by the ids on this host."""
    return {each & 2**42 - 1: jpeg for each, jpeg in server.thumbnails.items()}


async def test_each_image_whose_row_was_pushed_gets_its_thumbnail(
    machine: Machine, server: FakeMilvus
) -> None:
    await machine.add(1, 2, 3)
    await machine.push()
    assert there(server) == {i.id: jpeg_of(i) for i in await machine.images()}
    assert set(server.thumbnails) == {shared(HOST, i.id) for i in await machine.images()}


async def test_nothing_is_made_twice_also_by_the_next_daemon(machine: Machine) -> None:
    await machine.add(1, 2)
    await machine.push()
    machine.start()
    await machine.push()
    assert sorted(machine.maker.made) == [1, 2]


async def test_vectors_are_pushed_before_thumbnails(machine: Machine, server: FakeMilvus) -> None:
    await machine.add(1)
    await machine.rows.push_all()
    await machine.add(2)
    await machine.thumbnails.push_all()
    assert server.thumbnails == {}
    await machine.push()
    assert set(there(server)) == {1, 2}


async def test_none_is_made_while_there_is_other_work(machine: Machine) -> None:
    await machine.add(1, 2)
    machine.maker.has_time = False
    await machine.push()
    assert machine.maker.made == []
    machine.maker.has_time = True
    await machine.push()
    assert sorted(machine.maker.made) == [1, 2]


async def test_a_renamed_photo_keeps_the_thumbnail_that_it_has(machine: Machine) -> None:
    await machine.add(1)
    await machine.push()
    (image,) = await machine.images()
    new = Rename(image.id, library.ROOT + b"/other.jpg", image.state)
    await machine.gallery.do(Gallery.apply, Plan(renamed=[new]))
    await machine.push()
    assert machine.maker.made == [image.id]


async def test_a_changed_photo_gets_another_thumbnail(machine: Machine, server: FakeMilvus) -> None:
    await machine.add(1)
    await machine.push()
    await change(machine, size=77)
    await machine.push()
    assert there(server) == {1: b"77 pixels"}


async def change(machine: Machine, size: int) -> None:
    """The first photo has another content of this size."""

    def change(gallery: Gallery) -> None:
        (image,) = gallery.images.by_id([ImageId(1)])
        state = image.state._replace(size=size, mtime_ns=size)
        gallery.apply(Plan(changed=[image._replace(state=state)]))
        library.work_off(gallery, {image.path: library.content_of(size)})

    await machine.gallery.do(change)


async def test_a_photo_that_changes_meanwhile_gets_its_last_thumbnail(
    machine: Machine, server: FakeMilvus
) -> None:
    async def meanwhile() -> None:
        await change(machine, size=77)
        await machine.rows.push_all()

    await machine.add(1)
    machine.maker.meanwhile = meanwhile
    await machine.push()
    await machine.push()
    assert there(server) == {1: b"77 pixels"}


async def test_photos_that_are_hidden_or_forgotten_lose_their_thumbnails(
    machine: Machine, server: FakeMilvus
) -> None:
    await machine.add(1, 2, 3)
    await machine.push()
    first, second, third = await machine.images()
    await machine.gallery.do(Gallery.hide, [first], Hidden.GONE)
    await machine.gallery.do(Gallery.forget, [second])
    await machine.push()
    assert there(server) == {third.id: jpeg_of(third)}


async def test_photos_of_a_folder_that_is_offline_keep_theirs_and_get_them_later(
    machine: Machine, server: FakeMilvus
) -> None:
    await machine.add(1)
    await machine.push()
    await machine.add(2)
    await machine.gallery.do(Gallery.show, [])
    await machine.push()
    assert set(there(server)) == {1}
    await machine.gallery.do(Gallery.show, [library.ROOT])
    await machine.push()
    assert set(there(server)) == {1, 2}


async def test_while_their_folder_is_offline_photos_are_only_looked_at(machine: Machine) -> None:
    await machine.add(1, 2, 3)
    await machine.rows.push_all()
    await machine.gallery.do(Gallery.show, [])
    steps = machine.gallery.steps
    await machine.thumbnails.push_all()
    assert machine.gallery.steps == steps


async def test_all_get_theirs_in_portions(
    machine: Machine, server: FakeMilvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnail_pusher, "AT_ONCE", 2)
    monkeypatch.setattr(thumbnail_pushes, "LOOKED_AT", 3)
    await machine.add(*range(1, 9))
    await machine.push()
    assert set(there(server)) == set(range(1, 9))
    assert sorted(machine.maker.made) == list(range(1, 9))


async def test_a_picture_that_cannot_be_read_or_is_too_large_has_none(
    machine: Machine, server: FakeMilvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnail_pusher, "MOST_JPEG_BYTES", len(b"100 pixels") - 1)
    assert MOST_JPEG_BYTES == 49_149
    await machine.add(1, 2)
    await change(machine, size=100)
    machine.maker.refused = {ImageId(2)}
    await machine.push()
    await machine.push()
    assert there(server) == {}
    assert sorted(machine.maker.made) == [1, 2]


async def test_a_file_in_another_state_than_the_known_one_is_tried_later(
    machine: Machine, server: FakeMilvus
) -> None:
    await machine.add(1, 2)
    machine.maker.changing = {ImageId(2)}
    await machine.push()
    assert set(there(server)) == {1}
    machine.maker.changing = set()
    await machine.push()
    assert set(there(server)) == {1, 2}


async def test_it_goes_on_when_the_store_is_back(
    machine: Machine, server: FakeMilvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def away(request: Request[Any]) -> None:
        nonlocal tries
        if isinstance(request, WriteThumbnails):
            tries += 1
            if tries <= 2:
                raise AWAY

    monkeypatch.setattr(retries, "FIRST_SECONDS", 0.01)
    await machine.add(1, 2)
    await machine.rows.push_all()
    server.before = away
    await until(machine, lambda: len(server.thumbnails) == 2)
    assert tries == 3


async def until(machine: Machine, holds: Callable[[], bool]) -> None:
    """Lets thumbnails be pushed until this holds."""
    running = asyncio.create_task(machine.thumbnails.run())
    try:
        async with asyncio.timeout(DEADLINE):
            while not holds():
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_what_the_store_has_lost_is_stored_again(
    machine: Machine, server: FakeMilvus
) -> None:
    await machine.add(1, 2, 3)
    await machine.push()
    server.thumbnails.clear()
    machine.start()
    await machine.gallery.do(lambda g: g.pushes.enqueue([ImageId(1)], g.serving))
    await machine.push()
    assert set(there(server)) == {1, 2, 3}


async def test_a_thumbnail_that_nobody_knows_of_is_removed(
    machine: Machine, server: FakeMilvus
) -> None:
    await machine.add(1)
    await machine.push()
    server.thumbnails[shared(HOST, ImageId(99))] = b"of a photo that a backup did not have"
    server.thumbnails[shared(HostNumber(6), ImageId(1))] = b"of another host"
    await machine.gallery.do(lambda g: g.pushes.enqueue([ImageId(99)], g.serving))
    await machine.push()
    assert server.thumbnails.keys() == {shared(HOST, ImageId(1)), shared(HostNumber(6), ImageId(1))}


async def test_the_store_is_asked_what_it_has_only_where_that_may_matter(
    machine: Machine, server: FakeMilvus
) -> None:
    asked: list[Request[Any]] = []
    await machine.add(1)
    await machine.push()  # nobody knew what it had
    server.before = asked.append
    for word in (2, 3):
        await machine.add(word)
        await machine.push()
    assert not any(isinstance(request, ThumbnailIds) for request in asked)


async def test_thumbnails_that_are_not_wanted_any_more_are_removed_and_made_again_when_they_are(
    machine: Machine, server: FakeMilvus
) -> None:
    await machine.add(1, 2)
    await machine.push()
    machine.start(is_wanted=False)
    await until(machine, lambda: server.thumbnails == {})
    await machine.add(3)
    await machine.rows.push_all()
    assert server.thumbnails == {}
    machine.start()
    await machine.push()
    assert set(there(server)) == {1, 2, 3}


async def test_under_another_number_everything_is_stored_again(
    machine: Machine, server: FakeMilvus
) -> None:
    await machine.add(1)
    await machine.push()
    other = HostNumber(6)
    await machine.gallery.do(lambda g: g.pushes.share(other, [library.ROOT]))
    await machine.push()
    assert shared(other, ImageId(1)) in server.thumbnails


async def test_thumbnails_that_differ_are_found_and_made_up_for(
    machine: Machine, server: FakeMilvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnail_comparison, "AT_ONCE", 2)
    await machine.add(1, 2, 3, 4, 5)
    await machine.push()
    del server.thumbnails[shared(HOST, ImageId(2))]
    server.thumbnails[shared(HOST, ImageId(99))] = b"of a photo that a backup did not have"
    found = await machine.rows.thumbnail_differences()
    assert (found.missing.tolist(), found.strays.tolist()) == ([2], [99])
    await machine.rows.doubt()
    await machine.push()
    assert set(there(server)) == {1, 2, 3, 4, 5}
    found = await machine.rows.thumbnail_differences()
    assert (found.missing.tolist(), found.strays.tolist()) == ([], [])


async def test_thumbnails_that_are_still_to_be_stored_or_removed_do_not_differ(
    machine: Machine,
) -> None:
    await machine.add(1, 2)
    await machine.push()
    await machine.add(3)
    await machine.gallery.do(lambda g: g.forget(g.images.by_id([ImageId(1)])))
    await machine.rows.push_all()
    found = await machine.rows.thumbnail_differences()
    assert (found.missing.tolist(), found.strays.tolist()) == ([], [])
