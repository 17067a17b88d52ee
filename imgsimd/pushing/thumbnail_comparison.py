"""Where the thumbnails in a shared store differ from what is known of them here."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from imgsimd.gallery.catalog.shared_thumbnails import KnownThumbnail
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Ids
from imgsimd.gallery.vectors.id_set import NO_IDS, without
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import ThumbnailIds
from imgsimd.pushing.comparison import images_there
from imgsimd.shared_ids import HostNumber
from imgsimd.types import ImageId

AT_ONCE = 5000
"""Thumbnails that are looked up in one step of the gallery's thread: some milliseconds."""


class ThumbnailDifferences(NamedTuple):
    """Images are this host's, ascending."""

    missing: Ids
    """Images that have no thumbnail there, though one was stored."""
    strays: Ids
    """Images that have a thumbnail there of which nobody here knows."""


class ThumbnailComparison:
    """Runs on the event loop. Thumbnails may be pushed meanwhile."""

    def __init__(self, gallery: GalleryThread, ask: Ask, prefix: str) -> None:
        self._gallery = gallery
        self._ask = ask
        self._prefix = prefix

    async def differences(self) -> ThumbnailDifferences:
        """What is pushed or removed meanwhile is none. Changes nothing. Raises StoreError and
        CatalogError."""
        before, _ = await self._known()
        there = await self._there()
        after, may_be = await self._known()
        missing = without(np.intersect1d(before, after), there)
        return ThumbnailDifferences(missing, without(without(there, before), may_be))

    async def mend(self) -> None:
        """Has thumbnails that are missing made again, and those removed that should not be there.
        Raises StoreError and CatalogError."""
        await self._gallery.do(partial(_compare, there=await self._there()))

    async def _there(self) -> Ids:
        """None if the gallery is not shared."""
        host = await self._gallery.do(_host)
        if host is None:
            return NO_IDS
        return await images_there(self._ask, ThumbnailIds(self._prefix, host))

    async def _known(self) -> tuple[Ids, Ids]:
        """Images whose thumbnails must be there, and those whose may be."""
        is_there, may_be, after = [NO_IDS], [NO_IDS], ImageId(0)
        while page := await self._gallery.do(partial(_known, after=after)):
            is_there.append(np.array([each.id for each in page if each.is_there], np.int64))
            may_be.append(np.array([each.id for each in page if each.may_be_there], np.int64))
            after = page[-1].id
        return np.concatenate(is_there), np.concatenate(may_be)


# On the gallery's thread


def _host(gallery: Gallery) -> HostNumber | None:
    now = gallery.pushes.shared
    return now and now.host


def _known(gallery: Gallery, after: ImageId) -> list[KnownThumbnail]:
    return gallery.thumbnail_pushes.known(after, AT_ONCE)


def _compare(gallery: Gallery, there: Ids) -> None:
    gallery.thumbnail_pushes.compare(there)
