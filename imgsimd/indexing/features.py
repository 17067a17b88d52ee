"""What pictures are compared by, from the worker of the model that answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from imgsimd.embedding.embedder import Views
from imgsimd.errors import BadPictureError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.indexing.embedders import Embedders, shortages_told
from imgsimd.indexing.photo_file import OpenPhoto
from imgsimd.indexing.timed_opener import TimedOpener
from imgsimd.models.model_files import Model
from imgsimd.types import FilePath, FileState
from imgsimd.verification import Verification

CHANGED = "it is gone, or was changed and is not indexed as it is now"


class Features:
    """Computes the features of pictures and compares them. Runs on the event loop.

    All methods raise WorkerError; `views` and `views_of` also raise ModelError.
    """

    def __init__(self, embedders: Embedders, opener: TimedOpener) -> None:
        self._embedders = embedders
        self._opener = opener

    @property
    def cpu_seconds(self) -> float:
        """Time that the worker has used of all processors; less than before if it is a new one."""
        return self._embedders.any().cpu_seconds

    async def views(self, picture: int, by: Served | None = None) -> tuple[Model, Views]:
        """All that is needed to ask for the very picture behind a descriptor, by this model (None:
        the one that answers), and the model that has made it. Raises BadPictureError."""
        with shortages_told():
            embedder = self._embedders.by(by)
            return embedder.model, await embedder.views(picture)

    async def views_of(
        self, path: FilePath, state: FileState, by: Served | None = None
    ) -> tuple[Model, Views]:
        """As `views`, of an image in the gallery whose file was in this state when it was indexed.
        Also raises BadPictureError if the file is gone, or has changed since."""
        async with self._opened(path, state) as photo:
            return await self.views(photo.descriptor, by)

    async def of_file(self, path: FilePath, state: FileState, urgent: bool) -> bytes:
        """The features of an image in the gallery. Raises as `views_of` does."""
        async with self._opened(path, state) as photo:
            with shortages_told():
                return await self._embedders.any().features(photo.descriptor, urgent)

    async def compare(
        self, asked: bytes, stored: Sequence[bytes], urgent: bool
    ) -> list[Verification | None]:
        """See `Embedder.compare`."""
        with shortages_told():
            return await self._embedders.any().compare(asked, stored, urgent)

    @asynccontextmanager
    async def _opened(self, path: FilePath, state: FileState) -> AsyncIterator[OpenPhoto]:
        """The photo. Raises BadPictureError if it is not in this state, before or afterwards."""
        async with self._opener.opened(path) as photo:
            if photo is None or not photo.state.copied_from(state):
                raise BadPictureError(CHANGED)
            yield photo
            if not photo.is_unchanged():
                raise BadPictureError(CHANGED)
