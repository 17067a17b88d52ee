"""Answers from this machine's vectors, in memory, while the store that has them cannot be used.

They are loaded when somebody asks, as those of another model are, and dropped when nobody has asked
for some minutes, or the store can be used again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from imgsimd.errors import CatalogError, StoreError
from imgsimd.gallery.answering import Answering
from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.other_indexes import IndexMissingError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.machine import memory
from imgsimd.search.filtering import KEPT_SECONDS
from imgsimd.search.query import Question
from imgsimd.search.visit import By, Found
from imgsimd.search.visits import Visits
from imgsimd.words import of_bytes

ROOM = 2
"""So many times what the vectors take must be free."""


class Alone:
    """Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        by: By,
        kept_seconds: float = KEPT_SECONDS,
        free: Callable[[], float] = memory.available,
    ) -> None:
        """`by` says, in each visit, which model answers; `free` gives bytes of memory."""
        self._gallery = gallery
        self._by = by
        self._kept_seconds = kept_seconds
        self._free = free
        self._visits = Visits(gallery, self._asked)
        self._loaded = set[ModelKey]()
        self._end: asyncio.TimerHandle | None = None
        self._dropping = set[asyncio.Task[None]]()

    async def found(self, question: Question, trouble: StoreError) -> Found:
        """What is nearest to the question on this machine. Raises QuestionError, CatalogError, and
        the `trouble`, why the store cannot be used, if there is no memory for the vectors."""
        while True:
            self._keep()
            await self._load(trouble)
            with suppress(IndexMissingError):  # dropped, since all was built anew: once more
                return await self._visits.found(question)

    def end(self) -> None:
        """The vectors are not needed any more."""
        if self._end is None:
            return
        self._end.cancel()
        self._end = None
        task = asyncio.create_task(self._drop())
        self._dropping.add(task)
        task.add_done_callback(self._dropping.discard)

    def _keep(self) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(self._kept_seconds, self.end)

    async def _load(self, trouble: StoreError) -> None:
        needed = await self._gallery.do(self._bytes_to_load)
        if ROOM * needed > self._free():
            raise StoreError(
                f"{trouble} This machine's own photos cannot be searched without it, either: their "
                f"vectors take {of_bytes(needed)}, and there is not enough memory.",
                trouble.fault,
            )
        while not await self._gallery.do(self._load_on):
            pass

    async def _drop(self) -> None:
        with suppress(CatalogError):  # the memory is free all the same
            await self._gallery.do(self._drop_all)

    # On the gallery's thread

    def _asked(self, gallery: Gallery) -> Answering:
        return gallery.asked_alone(self._by(gallery).model)

    def _load_on(self, gallery: Gallery) -> bool:
        model = self._by(gallery).model
        self._loaded.add(model.key)
        return gallery.in_memory.load(model)

    def _drop_all(self, gallery: Gallery) -> None:
        while self._loaded:
            gallery.in_memory.drop(self._loaded.pop())

    def _bytes_to_load(self, gallery: Gallery) -> int:
        answering = self._by(gallery)
        if gallery.in_memory.find(answering.model) is not None:
            return 0
        return answering.vector_bytes
