"""What keeps a gallery in order: check, rebuild, back up, and take in what another one knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from imgsimd.gallery.catalog.not_duplicates import Decision
from imgsimd.gallery.imports import ForeignImage, ForeignModel, Taken
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.maintenance import backup, checking, importing, rebuilding
from imgsimd.maintenance.finding import Finding
from imgsimd.pushing.sharing import Sharing
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.types import FilePath, Hash, ImageId


class Maintenance:
    """Does one of its jobs at a time, while questions are answered. Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        indexer: Indexer,
        reconciler: Reconciler,
        file: Path,
        sharing: Sharing | None = None,
    ) -> None:
        """`file` is the database; `sharing` is the gallery's, if it is shared."""
        self._gallery = gallery
        self._indexer = indexer
        self._reconciler = reconciler
        self._file = file
        self._sharing = sharing
        self._one_at_a_time = asyncio.Lock()

    async def check(self) -> list[Finding]:
        """See `checking.check`."""
        async with self._one_at_a_time:
            return await checking.check(
                self._gallery, self._indexer, self._reconciler, self._file, self._sharing
            )

    async def rebuild(self) -> None:
        """See `rebuilding.rebuild`."""
        async with self._one_at_a_time:
            await rebuilding.rebuild(self._gallery, self._reconciler, self._file, self._sharing)

    async def backup(self) -> BinaryIO:
        """See `backup.copy`."""
        async with self._one_at_a_time:
            return await backup.copy(self._gallery, self._file)

    async def take(
        self,
        images: Sequence[ForeignImage],
        models: Sequence[ForeignModel],
        by: Hash,
        gives_new_ids: bool,
    ) -> Taken:
        """See `importing.take`."""
        async with self._one_at_a_time:
            return await importing.take(self._gallery, images, models, by, gives_new_ids)

    async def end_import(
        self, last_id: ImageId, roots: Iterable[FilePath], decisions: Iterable[Decision]
    ) -> None:
        """See `importing.end`. Then the disk is compared with what is known now, in the
        background, and what has no vector is embedded."""
        async with self._one_at_a_time:
            await importing.end(self._gallery, last_id, roots, decisions)
        self._reconciler.begin_anew()
        self._indexer.wake()
