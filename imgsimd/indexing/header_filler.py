"""Reads the metadata of images that were indexed before so much of it was read.

Works only while nothing is to be embedded, in small portions, until all is read. What was read is
stored, so a restart repeats nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.embedding.embedder import Embedder
from imgsimd.errors import BadPictureError, CatalogError, ModelError, WorkerError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.verdicts import Verdicts
from imgsimd.indexing.embedders import shortages_told
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.types import Known

log = logging.getLogger(__name__)

IMAGES_A_PORTION = 32
"""Images read before it checks again for something to embed: some hundredths of a second."""


class HeaderFiller:
    """Fills the gallery's metadata. Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        embedder: Callable[[], Embedder],
        may_run: Callable[[], bool],
        is_allowed: Callable[[], Awaitable[bool]],
        opener: PhotoOpener,
        on_filled: Callable[[], None],
    ) -> None:
        """`embedder` returns the one whose worker reads; `may_run` says whether nothing is to be
        embedded, and `is_allowed`, whether nothing else speaks against work now; `on_filled` is
        called when some images may have to be embedded again."""
        self._gallery = gallery
        self._embedder = embedder
        self._may_run = may_run
        self._is_allowed = is_allowed
        self._opener = opener
        self._on_filled = on_filled
        self._wanted = asyncio.Event()
        self._put_off: list[Known] = []

    def wake(self) -> None:
        """Reads on, if anything is left: nothing is to be embedded now."""
        self._wanted.set()

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                if await self._fill():
                    self._on_filled()
            except (WorkerError, CatalogError, ModelError) as error:
                log.warning("Reading the headers of earlier photos is put off: %s", error)

    async def _fill(self) -> bool:
        """Reads while it may; returns whether there was anything to read."""
        was_any = False
        while self._may_run():
            start = time.monotonic()
            images = await self._portion()
            if not images or not await self._is_allowed():
                self._put_off = images
                break
            was_any = True
            await self._gallery.of_verdicts(Verdicts.describe, await self._read(images))
            await asyncio.sleep(time.monotonic() - start)  # leaves the disk to others for as long
        return was_any

    async def _portion(self) -> list[Known]:
        """The next images; the gallery gives each but once."""
        put_off, self._put_off = self._put_off, []
        if put_off:
            return put_off
        return await self._gallery.of_verdicts(Verdicts.without_metadata, IMAGES_A_PORTION)

    async def _read(self, images: list[Known]) -> dict[Known, PictureMetadata | None]:
        """The metadata of the images; None for one that cannot be read. Images whose files are not
        in the known state are left out: a scan finds them."""
        read: dict[Known, PictureMetadata | None] = {}
        for image in images:
            try:
                with shortages_told(), ExitStack() as stack:
                    opened = self._opener.opened(image.path, image.state)
                    photo = await asyncio.to_thread(stack.enter_context, opened)
                    if photo is not None:
                        read[image] = await self._embedder().metadata(photo.descriptor)
            except BadPictureError:
                read[image] = None
        return read
