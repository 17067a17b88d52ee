"""Pushes what has changed to the store that several hosts share, until it has everything."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from imgsimd import server_threads
from imgsimd.errors import CatalogError, StoreError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.catalog.outbox import Seq
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.pushes import Push
from imgsimd.gallery.thread import GalleryThread
from imgsimd.lasting_fault import LastingFault
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import Delete, Flush, IndexKind, Open, Upsert
from imgsimd.pushing.collection_names import collection_of
from imgsimd.pushing.comparison import Comparison, Difference
from imgsimd.pushing.retries import retries
from imgsimd.pushing.thumbnail_comparison import ThumbnailComparison, ThumbnailDifferences
from imgsimd.types import ImageId

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Rows between two flushes: half a megabyte, and 12 ms of the gallery's thread."""
SECONDS = 60.0
"""For one portion. Nobody waits for it."""
GATHERING_SECONDS = 0.2
"""From the first change to a push: photos that are indexed one after the other go together."""


class Pusher:
    """Runs on the event loop. One push is under way at a time.

    An entry leaves the outbox after the store has said that what was pushed is on its disk. So
    whichever side dies, nothing is lost: it is pushed again, which does no harm.
    """

    def __init__(
        self,
        gallery: GalleryThread,
        ask: Ask,
        prefix: str,
        kind: IndexKind = "FLAT",
    ) -> None:
        """The gallery is shared already (`Pushes.share`). New collections get an index of this
        kind."""
        self._gallery = gallery
        self._ask = ask
        self._prefix = prefix
        self._kind = kind
        self._comparison = Comparison(gallery, ask, prefix)
        self._thumbnails = ThumbnailComparison(gallery, ask, prefix)
        self._turn = asyncio.Lock()
        """Held while something is pushed, or while nothing may be."""
        self._opened = set[Served]()
        self._must_compare = False
        self._is_woken = asyncio.Event()
        self._is_woken.set()
        self._fault = LastingFault(log, "Photos are shared with other machines again.")
        self.trouble: StoreError | CatalogError | None = None
        """Why nothing can be pushed now."""
        self.on_pushed: Callable[[], None] = lambda: None
        """Is called when something was pushed, and nothing is left to push."""
        self.on_made: Callable[[], None] = lambda: None
        """Is called when a collection was not there and had to be made."""

    def wake(self) -> None:
        """Something may have changed."""
        self._is_woken.set()

    def look_again(self, row_by_row: bool) -> None:
        """The store may have lost collections, or any rows."""
        self._opened.clear()
        self._must_compare |= row_by_row
        self.wake()

    async def run(self) -> None:
        """Pushes whenever something has changed, until cancelled."""
        backoff = retries()
        while True:
            await self._is_woken.wait()
            await asyncio.sleep(GATHERING_SECONDS)
            self._is_woken.clear()
            try:
                await self.push_all()
            except (StoreError, CatalogError) as error:
                self._tell(error)
                await backoff.wait()
                self._is_woken.set()
            else:
                backoff = retries()

    async def push_all(self) -> None:
        """Returns when the store has everything, and nothing else of this host. Raises StoreError
        and CatalogError; what was pushed until then need not be pushed again."""
        has_pushed = False
        await self._open_all()
        if self._must_compare:
            await self._gallery.do(_doubt_anew)
            self._must_compare = False
        while await self._push_some() or await self.settle():
            has_pushed = True
        if has_pushed:
            self.on_pushed()
        self.trouble = None
        self._fault.is_over()

    async def differences(self) -> list[Difference]:
        """Where the store differs from the catalog, apart from what is still to be pushed. Raises
        StoreError and CatalogError."""
        async with self._turn:
            return await self._comparison.differences()

    async def thumbnail_differences(self) -> ThumbnailDifferences:
        """Where the thumbnails there differ from what is known of them here. Raises StoreError and
        CatalogError."""
        return await self._thumbnails.differences()

    async def doubt(self) -> None:
        """Nobody knows any more what the store has: it is compared with the catalog as soon as it
        can be used, and becomes what that says. Raises CatalogError."""
        await self._gallery.do(_doubt_anew)
        self.wake()

    async def settle(self) -> bool:
        """Compares if there is a doubt, and enters what differs, to be pushed soon; whether there
        was one. Raises StoreError and CatalogError; there still is a doubt then."""
        async with self._turn:
            doubt = await self._gallery.do(_doubt)
            if doubt is not None:
                await self._comparison.mend(await self._comparison.differences())
                await self._thumbnails.mend()
                await self._gallery.do(_settle, doubt)
                self.wake()
                self.on_pushed()
        return doubt is not None

    async def _push_some(self) -> bool:
        """Whether there was anything to push."""
        async with self._turn:
            pushes = await self._gallery.do(_next)
            for model, of_model in _by_model(pushes):
                await self._open(model)
                await server_threads.run(self._carry_out, model, of_model)
                await self._gallery.do(_done, [push.seq for push in of_model])
        return bool(pushes)

    async def _open_all(self) -> None:
        """The collections that must have rows."""
        async with self._turn:
            for model in await self._gallery.do(_with_rows):
                await self._open(model)

    async def _open(self, model: Served) -> None:
        """If there is no collection of the model, there may have been one, which was lost."""
        if model not in self._opened:
            collection = collection_of(self._prefix, model, self._kind)
            if await server_threads.run(self._ask.ask, Open(collection), SECONDS):
                await self._gallery.do(_doubt_anew)
                self.on_made()
            self._opened.add(model)

    def _carry_out(self, model: Served, pushes: Sequence[Push]) -> None:
        """Blocks until the store has these on its disk. Runs in a thread."""
        collection = collection_of(self._prefix, model)
        rows = [push.row for push in pushes if push.row]
        gone = [push.id for push in pushes if not push.row]
        if rows:
            self._ask.ask(Upsert(collection, rows), SECONDS)
        if gone:
            self._ask.ask(Delete(collection.name, gone), SECONDS)
        self._ask.ask(Flush(collection.name), SECONDS)

    def _tell(self, error: StoreError | CatalogError) -> None:
        self._opened.clear()  # the server may have been set up anew
        self.trouble = error
        self._fault.happens(str(error))


def _by_model(pushes: Sequence[Push]) -> Iterable[tuple[Served, list[Push]]]:
    by_model: defaultdict[Served, list[Push]] = defaultdict(list)
    for push in pushes:
        by_model[push.model].append(push)
    return by_model.items()


# On the gallery's thread


def _next(gallery: Gallery) -> list[Push]:
    return gallery.pushes.next(AT_ONCE)


def _with_rows(gallery: Gallery) -> list[Served]:
    """The models that have seen an image which is shared."""
    return [m for m in gallery.models if gallery.pushes.expected(m, ImageId(0), 1)]


def _doubt(gallery: Gallery) -> int | None:
    now = gallery.pushes.shared
    return now and now.doubt


def _doubt_anew(gallery: Gallery) -> None:
    gallery.pushes.doubt()


def _settle(gallery: Gallery, doubt: int) -> None:
    gallery.pushes.settle(doubt)


def _done(gallery: Gallery, pushed: Collection[Seq]) -> None:
    gallery.pushes.done(pushed)
