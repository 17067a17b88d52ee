"""What keeps a gallery in order: check, rebuild, back up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.maintenance import backup, checking, rebuilding
from imgsimd.maintenance.checking import Finding
from imgsimd.reconciling.reconciler import Reconciler


class Maintenance:
    """Does one of its jobs at a time, while questions are answered. Runs on the event loop."""

    def __init__(
        self, gallery: GalleryThread, indexer: Indexer, reconciler: Reconciler, file: Path
    ) -> None:
        """`file` is the database."""
        self._gallery = gallery
        self._indexer = indexer
        self._reconciler = reconciler
        self._file = file
        self._one_at_a_time = asyncio.Lock()

    async def check(self) -> list[Finding]:
        """See `checking.check`."""
        async with self._one_at_a_time:
            return await checking.check(self._gallery, self._indexer, self._reconciler, self._file)

    async def rebuild(self) -> None:
        """See `rebuilding.rebuild`."""
        async with self._one_at_a_time:
            await rebuilding.rebuild(self._gallery, self._reconciler, self._file)

    async def backup(self) -> BinaryIO:
        """See `backup.copy`."""
        async with self._one_at_a_time:
            return await backup.copy(self._gallery, self._file)
