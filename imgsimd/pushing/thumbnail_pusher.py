"""Stores thumbnails of this host's images in the store that several hosts share.

A thumbnail is made from the file once more, after the vector was pushed. To make it when the
picture is decoded for its vector would save that, but the store may be away then: the thumbnails of
a million photos would need ten gigabytes here until it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Protocol

from imgsimd import server_threads
from imgsimd.errors import CatalogError, StoreError, WorkerError
from imgsimd.gallery.catalog.shared_thumbnails import EnteredImage
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.thumbnail_pushes import LAST, Portion
from imgsimd.lasting_fault import LastingFault
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import (
    MOST_JPEG_BYTES,
    DeleteThumbnails,
    WriteThumbnails,
)
from imgsimd.pushing.retries import retries
from imgsimd.pushing.thumbnail_comparison import ThumbnailComparison
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ContentHash, ImageId, Known

log = logging.getLogger(__name__)

PIXELS = 256
"""Of the long side: sharp on a card of a page, and 10 to 20 kB."""
AT_ONCE = 32
"""Thumbnails between two looks whether something else is to be done: half a second's work."""
REMOVED_AT_ONCE = 500
SECONDS = 60.0
"""For one portion. Nobody waits for it."""


class MakesThumbnails(Protocol):
    """See `indexing.idle_thumbnails`."""

    on_idle: Callable[[], None]

    async def may_be_made(self) -> bool: ...

    async def of(self, images: Iterable[Known], pixels: int) -> dict[ImageId, bytes | None]: ...


class ThumbnailPusher:
    """Runs on the event loop. What was stored is remembered in the catalog, so that no restart
    repeats it."""

    def __init__(
        self, gallery: GalleryThread, ask: Ask, prefix: str, maker: MakesThumbnails, is_wanted: bool
    ) -> None:
        """If thumbnails are not wanted, those that were stored are removed."""
        self._gallery = gallery
        self._ask = ask
        self._prefix = prefix
        self._maker = maker
        self._is_wanted = is_wanted
        self._comparison = ThumbnailComparison(gallery, ask, prefix)
        self._is_compared = False
        """Whether the store has said which thumbnails it has, since it was away last."""
        self._is_woken = asyncio.Event()
        self._is_woken.set()
        self._fault = LastingFault(log, "Thumbnails are shared with other machines again.")
        maker.on_idle = self.wake

    def wake(self) -> None:
        """Something may have been pushed, or there may be time."""
        self._is_woken.set()

    async def run(self) -> None:
        """Stores thumbnails when there is time, until cancelled."""
        backoff = retries()
        while True:
            await self._is_woken.wait()
            self._is_woken.clear()
            try:
                await (self.push_all() if self._is_wanted else self.remove_all())
            except (StoreError, CatalogError, WorkerError) as error:
                self._is_compared = False  # the server may have been set up anew
                self._fault.happens(str(error))
                await backoff.wait()
                self._is_woken.set()
            else:
                self._fault.is_over()
                backoff = retries()

    async def push_all(self) -> None:
        """Returns when the store has all thumbnails that can be made now, or there is no time any
        more. Raises StoreError, CatalogError and WorkerError; what was stored until then is not
        stored again."""
        before = LAST
        while portion := await self._gallery.peek(partial(_next, before=before)):
            if not await self._maker.may_be_made():
                return
            if not self._is_compared and any(image.is_settled for image in portion.images):
                await self._comparison.mend()
                self._is_compared = True
            else:
                if portion.images:
                    await self._push(portion)
                before = portion.last

    async def remove_all(self) -> None:
        """Removes the thumbnails of this host from the store. Raises StoreError and
        CatalogError."""
        while found := await self._gallery.do(_stored):
            host, images = found
            ids = [shared(host, image) for image in images]
            await server_threads.run(self._ask.ask, DeleteThumbnails(self._prefix, ids), SECONDS)
            await self._gallery.do(_lose, images)

    async def _push(self, portion: Portion) -> None:
        wanted = [i for i in portion.images if i.file and not i.is_settled]
        made = await self._maker.of([i.file for i in wanted if i.file], PIXELS)
        put_off = {image.id for image in wanted if image.id not in made}
        looked_at = [image for image in portion.images if image.id not in put_off]
        jpegs = {i: jpeg for i, jpeg in made.items() if jpeg and len(jpeg) <= MOST_JPEG_BYTES}
        old = [image.id for image in looked_at if image.is_stored and not image.is_settled]
        gone = [image for image in old if image not in jpegs]
        await server_threads.run(self._store, portion.host, jpegs, gone)
        stored = [(image, _stored_by_now(image, jpegs)) for image in looked_at]
        await self._gallery.do(_done, stored)

    def _store(
        self, host: HostNumber, jpegs: dict[ImageId, bytes], gone: Sequence[ImageId]
    ) -> None:
        """Blocks until the store has these, and not those. Runs in a thread."""
        if jpegs:
            by_id = {shared(host, image): jpeg for image, jpeg in jpegs.items()}
            self._ask.ask(WriteThumbnails(self._prefix, by_id), SECONDS)
        if gone:
            ids = [shared(host, image) for image in gone]
            self._ask.ask(DeleteThumbnails(self._prefix, ids), SECONDS)


def _stored_by_now(image: EnteredImage, jpegs: dict[ImageId, bytes]) -> ContentHash | None:
    is_there = image.file is not None and (image.is_settled or image.id in jpegs)
    return image.content if is_there else None


# On the gallery's thread


def _next(gallery: Gallery, before: ImageId) -> Portion | None:
    return gallery.thumbnail_pushes.next(before, AT_ONCE)


def _done(gallery: Gallery, looked_at: Iterable[tuple[EnteredImage, ContentHash | None]]) -> None:
    gallery.thumbnail_pushes.done(looked_at)


def _stored(gallery: Gallery) -> tuple[HostNumber, list[ImageId]] | None:
    return gallery.thumbnail_pushes.stored(REMOVED_AT_ONCE)


def _lose(gallery: Gallery, images: Collection[ImageId]) -> None:
    gallery.thumbnail_pushes.lose(images)
