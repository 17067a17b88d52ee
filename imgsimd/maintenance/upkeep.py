"""Joins disk, catalog and index, to see whether they say the same: check, rebuild, back up."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from imgsimd.gallery.catalog import database
from imgsimd.gallery.consistency import Flaw, Flawed
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.types import FilePath, ImageId

EXAMPLES = 10
"""Named of each kind."""
VECTORLESS = (Flaw.SPOILED, Flaw.STRANDED)
"""What is wrong with images that must be embedded again."""


@dataclass(frozen=True, slots=True)
class Finding:
    """So many of something are not as they should be."""

    what: str
    count: int
    examples: list[str]
    """Paths (os.fsdecode); what SQLite says, of the database itself."""


class Upkeep:
    """Lives on the event loop. Questions are answered meanwhile."""

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
        """Compares disk, catalog and index; changes nothing. Raises CatalogError."""
        async with self._one_at_a_time:
            found: defaultdict[str, list[FilePath]] = defaultdict(list)
            for flaw in await self._flaws_of_database():
                found["database"].append(flaw.encode())
            async for flawed in self._flawed_images():
                for image in flawed:
                    found[image.flaw.value].append(image.path or b"image %d" % image.id)
            plan = await self._reconciler.differences()
            found["unknown"] += plan.new
            back = [image for image in plan.returned if image.is_missing]
            changed = [*await self._indexer.differing(plan.changed), *back]
            found["changed"] += [image.path for image in changed]
            found["missing"] += [image.path for image in plan.missing]
        return list(_findings(found.items()))

    async def rebuild(self) -> None:
        """Makes the catalog sound, the index anew from it, and has everything on the disk compared
        with it. Embedded is only what has no sound vector. Raises CatalogError."""
        async with self._one_at_a_time:
            if await self._flaws_of_database():
                await self._gallery.do(Gallery.renew)
            async for flawed in self._flawed_images():
                await self._gallery.do(Gallery.redo, [i.id for i in flawed if i.flaw in VECTORLESS])
            await self._gallery.do(Gallery.reload)
            self._reconciler.begin_anew()

    async def copy(self) -> BinaryIO:
        """The database as it is now, as a file without a name. Raises CatalogError."""
        async with self._one_at_a_time:
            await self._gallery.do(Gallery.keep)
            return await asyncio.to_thread(_copy, self._file)

    async def _flaws_of_database(self) -> list[str]:
        await self._gallery.do(Gallery.keep)
        return await asyncio.to_thread(database.flaws, self._file)

    async def _flawed_images(self) -> AsyncIterator[list[Flawed]]:
        """In pieces, none of which holds questions up."""
        after: ImageId | None = ImageId(0)
        while after is not None:
            after, flawed = await self._gallery.do(Gallery.inspect, after)
            yield flawed


def _copy(file: Path) -> BinaryIO:
    target = file.with_name(f"{file.name}.copy")
    database.copy(file, target)
    opened = target.open("rb")
    os.unlink(target)
    return opened


def _findings(found: Iterable[tuple[str, list[FilePath]]]) -> Iterator[Finding]:
    for what, examples in found:
        if examples:
            shown = [os.fsdecode(example) for example in sorted(examples)[:EXAMPLES]]
            yield Finding(what, len(examples), shown)
