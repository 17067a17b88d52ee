"""The models that can be asked: the one that answers and, by its name, any other that has vectors.

The vectors of another one are loaded when somebody asks, which takes a second for 100,000 photos,
and are dropped when nobody has asked for some minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple, TypeVar

from imgsimd.closeness import Closeness
from imgsimd.errors import CatalogError, ModelError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.other_indexes import IndexMissingError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.features import Features
from imgsimd.search.asked_pictures import AskedPictures
from imgsimd.search.filtering import KEPT_SECONDS
from imgsimd.search.same import Same
from imgsimd.search.similar import Similar
from imgsimd.search.verifier import Verifier
from imgsimd.words import printable

T = TypeVar("T")


class Asked(NamedTuple):
    """What answers questions to one model."""

    similar: Similar
    same: Same


class AskedModels:
    """Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        serving: Asked,
        verifier: Verifier,
        features: Features,
        closeness: Callable[[Served], Closeness],
        identity_of: Callable[[str], str],
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        """`serving` answers questions to the serving model. `identity_of` gives the identity of the
        model that is installed under a name, or raises ModelError; it is called in a thread."""
        self._gallery = gallery
        self._serving = serving
        self._verifier = verifier
        self._features = features
        self._closeness = closeness
        self._identity_of = identity_of
        self._kept_seconds = kept_seconds
        self._others: dict[Served, Asked] = {}
        self._ends: dict[Served, asyncio.TimerHandle] = {}
        self._dropping = set[asyncio.Task[None]]()

    async def ask(self, name: str | None, ask: Callable[[Asked], Awaitable[T]]) -> T:
        """What `ask` gives of the model with this name; None: of the serving one.

        Raises ModelError if there is no such model, or it has no vectors, CatalogError, and what
        `ask` raises.
        """
        if name is None:
            return await ask(self._serving)
        model = await self.find(name)
        while True:
            asked = await self._loaded(model)
            with suppress(IndexMissingError):  # dropped, since all was built anew: once more
                return await ask(asked)

    async def find(self, name: str) -> Served:
        """The model with this name that can be asked. Raises ModelError, and CatalogError."""
        known = await self._gallery.do(_named, name)
        if self._gallery.serving in known:
            return self._gallery.serving
        installed = await self._installed(name, must_be=not known)
        found = next((model for model in known if model.identity == installed), None)
        if found is None and installed is None:
            return known[0]  # its file was removed, or is another one: what is stored answers
        if found is None:
            raise _has_seen_nothing(name)
        return found

    async def _installed(self, name: str, must_be: bool) -> str | None:
        try:
            return await asyncio.to_thread(self._identity_of, name)
        except ModelError:
            if must_be:
                raise
            return None

    async def _loaded(self, model: Served) -> Asked:
        """What answers questions to the model, whose vectors are loaded."""
        if model == self._gallery.serving:
            return self._serving
        self._keep(model)
        while not await self._gallery.do(_load, model):
            pass
        if not await self._gallery.do(_count, model):
            await self._installed(model.name, must_be=True)
            raise _has_seen_nothing(model.name)
        if model not in self._others:
            self._others[model] = self._made(model)
        return self._others[model]

    def _made(self, model: Served) -> Asked:
        serving = self._serving.similar
        similar = Similar(
            self._gallery,
            self._closeness,
            partial(Gallery.asked, model=model),
            serving.filtering,
            serving.machines,
        )
        asked = AskedPictures(self._gallery, self._verifier, self._features, model)
        return Asked(similar, Same(similar, self._verifier, asked))

    def _keep(self, model: Served) -> None:
        """The model's vectors are kept for a while from now on."""
        if end := self._ends.pop(model, None):
            end.cancel()
        loop = asyncio.get_running_loop()
        self._ends[model] = loop.call_later(self._kept_seconds, self._end, model)

    def _end(self, model: Served) -> None:
        del self._ends[model]
        self._others.pop(model, None)
        task = asyncio.create_task(self._drop(model))
        self._dropping.add(task)
        task.add_done_callback(self._dropping.discard)

    async def _drop(self, model: Served) -> None:
        with suppress(CatalogError):  # the memory is free all the same
            await self._gallery.do(_drop, model)


def _has_seen_nothing(name: str) -> ModelError:
    shown = printable(name)
    return ModelError(
        f"{shown} has not seen any photo that is searchable now. To have it see all, in the "
        f"background: imgsimctl model use {shown}"
    )


# On the gallery's thread


def _named(gallery: Gallery, name: str) -> list[Served]:
    """The models with this name, the last known first."""
    return [model for model in reversed(gallery.models) if model.name == name]


def _load(gallery: Gallery, model: Served) -> bool:
    return model == gallery.serving or gallery.others.load(model)


def _count(gallery: Gallery, model: Served) -> int:
    coverage = gallery.asked(model).coverage
    return 1 if coverage is None else coverage.embedded


def _drop(gallery: Gallery, model: Served) -> None:
    gallery.others.drop(model.key)
