"""A gallery that is shared on a server in memory, without files and without the daemon."""

from __future__ import annotations

import asyncio
from pathlib import Path

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Elsewhere, Found, RemoteSearch, Search
from imgsimd.pushing.collection_names import collection_of
from imgsimd.pushing.pusher import Pusher
from imgsimd.pushing.shared_store import shared_stores
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId
from tests.support import library
from tests.support.fake_milvus import FakeMilvus


class Machine:
    """A gallery that is shared, and what pushes it."""

    def __init__(self, server: FakeMilvus, number: int) -> None:
        self.host = HostNumber(number)
        self.gallery = GalleryThread(make_store=shared_stores(server, "p"))
        self.pusher = Pusher(self.gallery, server, "p")

    async def open(self, folder: Path) -> None:
        def begin(gallery: Gallery) -> None:
            gallery.pushes.share(self.host, [library.ROOT])
            library.begin(gallery)

        await self.gallery.open(folder / f"{self.host}.db")
        await self.gallery.do(begin)

    async def add(self, *words: int) -> None:
        """New photos, which are embedded."""
        await self.gallery.do(lambda g: library.work_off(g, library.add(g, *words)))

    async def nearest(self, word: int, k: int, everywhere: bool = False) -> Found:
        search = Search(
            library.vector_of(library.content_of(word)),
            k,
            elsewhere=Elsewhere() if everywhere else None,
        )
        prepared = await self.gallery.do(lambda gallery: gallery.answering.nearest([search]))
        assert isinstance(prepared, RemoteSearch)
        return await asyncio.to_thread(prepared.run)

    async def expected(self) -> set[int]:
        """The shared ids that the collection must hold."""

        def ids(gallery: Gallery) -> list[ImageId]:
            return gallery.pushes.expected(gallery.serving, ImageId(0), 10**6)

        return {shared(self.host, image) for image in await self.gallery.do(ids)}

    async def left(self) -> int:
        return await self.gallery.do(lambda gallery: gallery.pushes.count())


def rows(server: FakeMilvus, machine: Machine) -> set[int]:
    """The ids that the server has of a machine."""
    name = collection_of("p", machine.gallery.serving).name
    return {row.id for row in server.rows.get(name, {}).values() if row.host == machine.host}
