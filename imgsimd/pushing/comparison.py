"""Where the collections of a shared store differ from the catalog.

Rows are compared by their ids alone. What a row says is pushed again whenever it changes: the entry
of the outbox is stored in the transaction of the change, and removed after the store has taken the
row. What is under way is not compared, so nothing may be pushed meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from imgsimd import server_threads
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Ids
from imgsimd.gallery.vectors.id_set import NO_IDS, without
from imgsimd.milvus import expression
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import Collections, Delete, Flush, ThumbnailIds
from imgsimd.milvus.messages import Ids as AskIds
from imgsimd.pushing.collection_names import collection_of, of_models
from imgsimd.shared_ids import LAST_IMAGE, HostNumber, SharedId, shared
from imgsimd.types import ImageId

AT_ONCE = 5000
"""Images that are read, looked up or entered in one step of the gallery's thread: some
milliseconds."""
SECONDS = 600.0
"""To read the ids of one collection, or to remove rows of it."""


class Difference(NamedTuple):
    """One collection that differs from the catalog. Images are this host's, ascending."""

    collection: str
    model: Served | None
    """Whose collection it is; None: nobody here knows the model."""
    missing: Ids
    """Images that have no row, and should have one."""
    strays: Ids
    """Images that have a row, and should have none."""


class _Known(NamedTuple):
    host: HostNumber
    models: Sequence[Served]


class Comparison:
    """Runs on the event loop. Its caller sees to it that nothing is pushed meanwhile."""

    def __init__(self, gallery: GalleryThread, ask: Ask, prefix: str) -> None:
        self._gallery = gallery
        self._ask = ask
        self._prefix = prefix

    async def differences(self) -> list[Difference]:
        """All collections that differ; none if the gallery is not shared. Changes nothing.

        Every model that was ever known here counts, and so do collections of others, since the
        database may have been replaced by an older one. Raises StoreError and CatalogError.
        """
        names = await server_threads.run(self._ask.ask, Collections(self._prefix))
        known = await self._gallery.do(_known)
        if known is None:
            return []
        ours = {collection_of(self._prefix, model).name: model for model in known.models}
        others = set(of_models(self._prefix, names)) - ours.keys()
        found = []
        for name, model in [*ours.items(), *((name, None) for name in sorted(others))]:
            rows = AskIds(name, expression.of_host(known.host))
            there = await images_there(self._ask, rows) if name in names else NO_IDS
            found.append(await self._difference(name, model, there))
        return [each for each in found if len(each.missing) or len(each.strays)]

    async def mend(self, found: Sequence[Difference]) -> None:
        """Has these differences pushed; rows of a model that nobody here knows are removed at once.
        Raises StoreError and CatalogError."""
        for difference in found:
            images = np.union1d(difference.missing, difference.strays)
            for start in range(0, len(images), AT_ONCE):
                part = _images(images[start : start + AT_ONCE])
                if difference.model is not None:
                    await self._gallery.do(partial(_enqueue, images=part, model=difference.model))
                elif known := await self._gallery.do(_known):
                    ids = [shared(known.host, image) for image in part]
                    await server_threads.run(self._remove, difference.collection, ids)

    async def _difference(self, name: str, model: Served | None, there: Ids) -> Difference:
        if model is None:
            return Difference(name, None, NO_IDS, there)
        here = await self._expected(model)
        missing = await self._settled(model, without(here, there))
        return Difference(name, model, missing, await self._settled(model, without(there, here)))

    async def _expected(self, model: Served) -> Ids:
        pages, after = [NO_IDS], ImageId(0)
        while page := await self._gallery.do(partial(_expected, model=model, after=after)):
            pages.append(np.array(page, np.int64))
            after = page[-1]
        return np.concatenate(pages)

    async def _settled(self, model: Served, images: Ids) -> Ids:
        """Those of the images that are not under way."""
        parts = [NO_IDS]
        for start in range(0, len(images), AT_ONCE):
            part = images[start : start + AT_ONCE]
            waiting = await self._gallery.do(partial(_unpushed, images=_images(part), model=model))
            parts.append(without(part, np.array(sorted(waiting), np.int64)))
        return np.concatenate(parts)

    def _remove(self, name: str, ids: Sequence[SharedId]) -> None:
        """Runs in a thread."""
        self._ask.ask(Delete(name, list(ids)), SECONDS)
        self._ask.ask(Flush(name), SECONDS)


async def images_there(ask: Ask, request: AskIds | ThumbnailIds) -> Ids:
    """The images whose shared ids the server answers, all of one host, ascending. Raises
    StoreError."""
    ids = await server_threads.run(ask.ask, request, SECONDS)
    return ids & np.int64(LAST_IMAGE)


def _images(ids: Ids) -> list[ImageId]:
    return list(map(ImageId, ids.tolist()))


# On the gallery's thread


def _known(gallery: Gallery) -> _Known | None:
    """None if it is not shared."""
    now = gallery.pushes.shared
    return now and _Known(now.host, gallery.models)


def _expected(gallery: Gallery, model: Served, after: ImageId) -> list[ImageId]:
    return gallery.pushes.expected(model, after, AT_ONCE)


def _unpushed(gallery: Gallery, images: Sequence[ImageId], model: Served) -> set[ImageId]:
    return gallery.pushes.unpushed(images, model)


def _enqueue(gallery: Gallery, images: Sequence[ImageId], model: Served) -> None:
    gallery.pushes.enqueue(images, model)
