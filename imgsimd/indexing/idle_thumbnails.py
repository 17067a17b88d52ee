"""Makes thumbnails that nobody waits for, while nothing is to be embedded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack

from imgsimd.embedding.embedder import Embedder
from imgsimd.errors import BadPictureError, WorkerError
from imgsimd.indexing.embedders import shortages_told
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.machine.background_threads import BackgroundThreads
from imgsimd.types import ImageId, Known


class IdleThumbnails:
    """JPEGs of images in the gallery. Runs on the event loop."""

    def __init__(
        self,
        embedder: Callable[[], Embedder],
        opener: PhotoOpener,
        threads: BackgroundThreads,
        has_nothing_to_embed: Callable[[], bool],
        is_allowed: Callable[[], Awaitable[bool]],
    ) -> None:
        """`embedder` returns the one whose worker decodes; files are opened in the `threads`;
        `is_allowed` says whether nothing but embedding speaks against work now."""
        self._embedder = embedder
        self._opener = opener
        self._threads = threads
        self._has_nothing_to_embed = has_nothing_to_embed
        self._is_allowed = is_allowed
        self.on_idle: Callable[[], None] = lambda: None
        """Is called when nothing is left to embed."""

    async def may_be_made(self) -> bool:
        """Whether now is a time to make some."""
        return self._has_nothing_to_embed() and await self._is_allowed()

    async def of(self, images: Iterable[Known], pixels: int) -> dict[ImageId, bytes | None]:
        """JPEGs of the images, with at most `pixels` on the long side; None of one that cannot be
        read. Images whose files are not in the known state are left out. Raises WorkerError."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {i.id: group.create_task(self._of_one(i, pixels)) for i in images}
        except* WorkerError as errors:
            failure = errors.exceptions[0]
        else:
            made = {image: task.result() for image, task in tasks.items()}
            return {image: jpeg for image, jpeg in made.items() if jpeg != b""}
        raise WorkerError(str(failure))

    async def _of_one(self, image: Known, pixels: int) -> bytes | None:
        """As `of`; empty for one that is left out."""
        try:
            with shortages_told(), ExitStack() as stack:
                opened = self._opener.opened(image.path, image.state)
                photo = await self._threads.run(stack.enter_context, opened)
                if photo is None:
                    return b""
                jpeg = await self._embedder().thumbnail(photo.descriptor, pixels, urgent=False)
                return jpeg if photo.is_unchanged() else b""
        except BadPictureError:
            return None
