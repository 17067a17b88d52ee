"""Makes thumbnails, in the worker of the model that answers."""

from __future__ import annotations

import asyncio

from imgsimd.errors import BadPictureError
from imgsimd.indexing.embedders import Embedders, shortages_told
from imgsimd.indexing.timed_opener import TimedOpener
from imgsimd.types import FilePath

NOT_THERE = "it is gone, or being written"


class Thumbnails:
    """JPEGs of pictures. Runs on the event loop."""

    def __init__(self, embedders: Embedders, opener: TimedOpener, threads: int) -> None:
        """The worker has so many `threads`. It is given no more pictures at once, so that one that
        somebody asks about comes before all that a page shows."""
        self._embedders = embedders
        self._opener = opener
        self._turns = asyncio.Semaphore(threads)

    async def of_picture(self, picture: int, pixels: int) -> bytes:
        """A JPEG of the picture behind a descriptor, with at most `pixels` on its long side.

        Raises BadPictureError, WorkerError or ModelError.
        """
        async with self._turns:
            with shortages_told():
                return await self._embedders.serving().thumbnail(picture, pixels)

    async def of_file(self, path: FilePath, pixels: int) -> bytes:
        """As `of_picture`, for an image in the gallery. Also raises BadPictureError if the file is
        gone, is written to meanwhile, or lies on a disk that does not answer."""
        async with self._opener.opened(path) as photo:
            if photo is None:
                raise BadPictureError(NOT_THERE)
            jpeg = await self.of_picture(photo.descriptor, pixels)
            if not photo.is_unchanged():
                raise BadPictureError(NOT_THERE)
            return jpeg
