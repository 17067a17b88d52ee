"""Which images fit conditions; asked from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Concatenate, ParamSpec, TypeVar

from imgsimd.errors import CatalogError
from imgsimd.gallery.attributes import NotLoadedError
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Ids

P = ParamSpec("P")
T = TypeVar("T")

KEPT_SECONDS = 300.0
"""The attributes of all images stay in memory for so long after the last question about them."""


class Filtering:
    """Loads the attributes when they are needed, and drops them when they are not."""

    def __init__(self, gallery: GalleryThread, kept_seconds: float = KEPT_SECONDS) -> None:
        self._gallery = gallery
        self._kept_seconds = kept_seconds
        self._is_used = asyncio.Event()

    async def run(self) -> None:
        """Drops the attributes whenever nobody has used them for a while, until cancelled."""
        while True:
            await self._is_used.wait()
            while self._is_used.is_set():
                self._is_used.clear()
                await asyncio.sleep(self._kept_seconds)
            with suppress(CatalogError):  # the memory is free all the same
                await self._gallery.do(_drop)

    async def load(self) -> None:
        """Returns when all attributes were known at some moment. Other questions are answered
        meanwhile. Raises CatalogError."""
        self._is_used.set()
        while not await self._gallery.do(_load):
            pass

    async def ids(self, conditions: Conditions) -> Ids:
        """The known images that fit, ascending; hidden ones may be among them. Raises
        CatalogError."""
        return await self.do(_ids, conditions)

    async def do(
        self, method: Callable[Concatenate[Gallery, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `GalleryThread.do`, for what may raise NotLoadedError: then the attributes are loaded,
        and it is called again. Raises CatalogError."""
        while True:
            self._is_used.set()
            try:
                return await self._gallery.do(method, *args, **kwargs)
            except NotLoadedError:
                await self.load()


def _drop(gallery: Gallery) -> None:
    gallery.attributes.drop()


def _load(gallery: Gallery) -> bool:
    return gallery.attributes.load()


def _ids(gallery: Gallery, conditions: Conditions) -> Ids:
    return gallery.attributes.ids(conditions)
