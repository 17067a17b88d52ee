"""Opens photos that somebody waits for, whose disk may not answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from imgsimd.errors import BadPictureError
from imgsimd.indexing.photo_file import OpenPhoto
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.types import FilePath

OPEN_SECONDS = 5.0
"""A photo that cannot be opened for so long lies on a disk that does not answer."""
OPEN_AT_ONCE = 16
"""Photos: so many descriptors, and threads that a dead disk can block, are no burden."""


class TimedOpener:
    """Opens photos on threads of its own. Runs on the event loop.

    On the loop's common threads, of which there are few, a dead disk would stop everything else
    that needs one; and they are waited for when the daemon ends.
    """

    def __init__(self, opener: PhotoOpener, seconds: float = OPEN_SECONDS) -> None:
        """`seconds` is how long a disk may take to answer."""
        self._opener = opener
        self._seconds = seconds
        self._places = asyncio.Semaphore(OPEN_AT_ONCE)

    @asynccontextmanager
    async def opened(self, path: FilePath) -> AsyncIterator[OpenPhoto | None]:
        """`async with opener.opened(path) as photo:` the photo, unhashed, closed at the end; None
        if there is none now.

        Raises BadPictureError as `open_photo` does, and if the disk does not answer.
        """
        async with self._places:
            photo = await self._open(path)
            try:
                yield photo
            finally:
                _close(photo)

    async def _open(self, path: FilePath) -> OpenPhoto | None:
        opening = self._begin(path)
        try:
            async with asyncio.timeout(self._seconds):
                return await opening
        except (TimeoutError, asyncio.CancelledError) as error:
            if opening.done() and not opening.cancelled() and opening.exception() is None:
                _close(opening.result())  # it came at the same moment
            if isinstance(error, TimeoutError):
                raise BadPictureError("its disk does not answer") from None
            raise

    def _begin(self, path: FilePath) -> asyncio.Future[OpenPhoto | None]:
        loop = asyncio.get_running_loop()
        opening: asyncio.Future[OpenPhoto | None] = loop.create_future()

        def settle(photo: OpenPhoto | None, error: Exception | None) -> None:
            if opening.done():  # nobody waits any more
                _close(photo)
            elif error is not None:
                opening.set_exception(error)
            else:
                opening.set_result(photo)

        def work() -> None:
            photo, fault = None, None
            try:
                photo = self._opener.open(path)
            except Exception as error:  # whatever it is, the caller must be told
                fault = error
            try:
                loop.call_soon_threadsafe(settle, photo, fault)
            except RuntimeError:  # the loop has ended
                _close(photo)

        threading.Thread(target=work, name="opener", daemon=True).start()
        return opening


def _close(photo: OpenPhoto | None) -> None:
    if photo is not None:
        photo.close()
