"""What is wrong inside of the gallery: with its database, and with single images."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from imgsimd.gallery.catalog import database
from imgsimd.gallery.consistency import Flawed
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import ImageId


async def of_database(gallery: GalleryThread, file: Path) -> list[str]:
    """What SQLite finds damaged in the database `file`, in its own words. Raises CatalogError."""
    await gallery.do(Gallery.ensure_in_place)
    return await asyncio.to_thread(database.flaws, file)


async def of_images(gallery: GalleryThread) -> AsyncIterator[list[Flawed]]:
    """All images that have a flaw, in parts, so that questions are answered in between. Raises
    CatalogError."""
    after: ImageId | None = ImageId(0)
    while after is not None:
        after, flawed = await gallery.do(Gallery.inspect, after)
        yield flawed
