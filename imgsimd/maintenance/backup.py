"""Copies the database while it is in use."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import BinaryIO

from imgsimd.gallery.catalog import database
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread


async def copy(gallery: GalleryThread, file: Path) -> BinaryIO:
    """The database `file` as it is now, as an open file without a name, which the caller closes.

    Raises CatalogError.
    """
    await gallery.do(Gallery.ensure_in_place)
    return await asyncio.to_thread(_copy, file)


def _copy(file: Path) -> BinaryIO:
    target = file.with_name(f"{file.name}.copy")
    database.copy(file, target)
    opened = target.open("rb")
    os.unlink(target)
    return opened
