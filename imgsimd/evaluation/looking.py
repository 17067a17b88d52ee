"""Has a worker look at many photos, which are opened as for indexing: only to be read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar

from imgsimd.config import Worker
from imgsimd.errors import BadPictureError
from imgsimd.evaluation.labelled_photos import Unread
from imgsimd.indexing.photo_file import OpenPhoto, open_unhashed
from imgsimd.types import FilePath

LANES_A_THREAD = 16
"""Photos that are open at once for each thread of the worker: it is asked for its answers only
every `worker_process.LULL_SECONDS`, and must not run out of photos meanwhile."""

Found = TypeVar("Found")


class Looking(Generic[Found]):
    """Goes through photos, some of them at a time."""

    def __init__(
        self,
        look: Callable[[int], Awaitable[Found]],
        take: Callable[[int, Found], None],
        settings: Worker,
        on_done: Callable[[int], None],
    ) -> None:
        """`look` gets the descriptor of a photo and raises as `Embedder.embed` does; `take` gets
        the photo's number with what was found; `on_done` hears how many photos are done."""
        self._look = look
        self._take = take
        self._settings = settings
        self._on_done = on_done
        self._done = 0
        self._unread: dict[int, Unread] = {}

    async def at(self, paths: Sequence[str], numbers: Sequence[int]) -> list[Unread]:
        """Looks at the photos with these numbers; returns those that cannot be read.

        Raises WorkerError.
        """
        waiting = iter(numbers)
        lanes = range(LANES_A_THREAD * self._settings.all_threads)
        await asyncio.gather(*(self._at_each(paths, waiting) for _ in lanes))
        return [self._unread[number] for number in sorted(self._unread)]

    async def _at_each(self, paths: Sequence[str], waiting: Iterator[int]) -> None:
        for number in waiting:
            try:
                self._take(number, await self._at_one(paths[number]))
            except BadPictureError as error:
                self._unread[number] = Unread(paths[number], str(error))
            self._done += 1
            self._on_done(self._done)

    async def _at_one(self, path: str) -> Found:
        """Raises BadPictureError."""
        photo = await asyncio.to_thread(_opened, path, self._settings.max_bytes)
        try:
            return await self._look(photo.descriptor)
        finally:
            photo.close()


def _opened(path: str, max_bytes: int) -> OpenPhoto:
    """Raises BadPictureError."""
    photo = open_unhashed(FilePath(os.fsencode(path)), max_bytes, follows_links=True)
    if photo is None:
        raise BadPictureError("it is not there, or is no file")
    return photo
