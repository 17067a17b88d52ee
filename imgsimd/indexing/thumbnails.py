"""Makes thumbnails, in the worker of the model that answers."""

from __future__ import annotations

import asyncio

from imgsimd.errors import BadPictureError
from imgsimd.indexing.embedders import Embedders, shortages_told
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.types import FilePath


class Thumbnails:
    """JPEGs of pictures. Lives on the event loop."""

    def __init__(self, embedders: Embedders, opener: PhotoOpener) -> None:
        self._embedders = embedders
        self._opener = opener

    async def of_picture(self, picture: int, pixels: int) -> bytes:
        """A JPEG of the picture behind a descriptor, whose long side has at most so many pixels.

        Raises BadPictureError, WorkerError or ModelError.
        """
        with shortages_told():
            return await self._embedders.serving().thumbnail(picture, pixels)

    async def of_file(self, path: FilePath, pixels: int) -> bytes:
        """As `of_picture`, of an image in the gallery."""
        photo = await asyncio.to_thread(self._opener.hashing("blake3"), path)
        if photo is None:
            raise BadPictureError("it is gone, or being written")
        try:
            return await self.of_picture(photo.descriptor, pixels)
        finally:
            photo.close()
