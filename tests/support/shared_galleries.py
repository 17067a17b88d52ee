"""Galleries that share a store in Milvus, or have one of their own, filled without files."""

from __future__ import annotations

import asyncio
from pathlib import Path

from imgsimd.closeness import Closeness
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Elsewhere, Found, RemoteSearch, Search
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import Host, WriteHost
from imgsimd.pushing.collection_names import collection_of
from imgsimd.pushing.pusher import Pusher
from imgsimd.pushing.shared_store import shared_stores
from imgsimd.pushing.store_watch import StoreWatch
from imgsimd.search.other_machines import OtherMachines
from imgsimd.search.similar import Similar
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import FilePath, ImageId
from imgsimd.vectors import VectorForm
from tests.support import library
from tests.support.fake_milvus import FakeMilvus

PREFIX = "p"
NOTHING_KNOWN = Closeness()


class Machine:
    """A gallery that is shared, and what pushes it."""

    def __init__(self, milvus: Ask, number: int, name: str) -> None:
        self.host, self.name = HostNumber(number), name
        self.gallery = GalleryThread(make_store=shared_stores(milvus, PREFIX))
        self._milvus = milvus
        self.pusher = Pusher(self.gallery, milvus, PREFIX)

    async def open(self, folder: Path, form: VectorForm = library.FORM) -> None:
        """Begins empty, and tells the others of itself."""

        def begin(gallery: Gallery) -> None:
            gallery.pushes.share(self.host, [library.ROOT], PREFIX)
            library.begin(gallery, form=form)

        await self.gallery.open(folder / f"{self.name}.db")
        await self.gallery.do(begin)
        self._milvus.ask(WriteHost(PREFIX, Host(self.host, self.name, self.name)))

    async def add(self, *words: int) -> None:
        """New photos, which are embedded."""
        await self.gallery.do(lambda g: library.work_off(g, library.add(g, *words)))

    def similar(
        self,
        closeness: Closeness = NOTHING_KNOWN,
        may_be_missing: bool = False,
        seconds: float = 10,
        watch: StoreWatch | None = None,
    ) -> Similar:
        """What answers questions to this machine. `may_be_missing`, `seconds` and `watch` are as
        `OtherMachines` has them."""
        machines = OtherMachines(lambda: self.name, may_be_missing, seconds, watch)
        return Similar(self.gallery, lambda model: closeness, machines=machines)

    async def push(self) -> None:
        """The others can find what was added."""
        await self.pusher.push_all()

    async def nearest(self, word: int, k: int, everywhere: bool = False) -> Found:
        """What the store finds, on this machine or on all."""
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
        """How many changes are still to be pushed."""
        return await self.gallery.do(lambda gallery: gallery.pushes.count())


def path(word: int) -> FilePath:
    """Where the photo with this number lies, on whichever machine."""
    return library.ROOT + b"/%d.jpg" % word


def rows(server: FakeMilvus, machine: Machine) -> set[int]:
    """The ids that the server has of a machine."""
    name = collection_of(PREFIX, machine.gallery.serving).name
    return {row.id for row in server.rows.get(name, {}).values() if row.host == machine.host}
