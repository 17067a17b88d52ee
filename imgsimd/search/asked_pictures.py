"""What is needed of a picture that is asked about, if the very same one is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from imgsimd.errors import BadPictureError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.features import Features
from imgsimd.search.query import Query, UnknownPicturesError, UnverifiableError, View
from imgsimd.search.verifier import Stored, Verifier, described


class AskedPictures:
    """Completes queries that name images of the gallery. Runs on the event loop.

    A picture whose file cannot be read as it was indexed counts as unknown: whoever asks may have
    it. All methods raise UnknownPicturesError, UnverifiableError for a vector without features,
    CatalogError, WorkerError or ModelError.
    """

    def __init__(
        self,
        gallery: GalleryThread,
        verifier: Verifier,
        features: Features,
        model: Served | None = None,
    ) -> None:
        """`model` is the one that is asked; None: the serving one."""
        self._gallery = gallery
        self._model = model
        self._verifier = verifier
        self._features = features

    async def features(self, queries: Sequence[Query]) -> list[bytes]:
        """The features of each picture."""
        _check(queries)
        found = await asyncio.gather(*map(self._features_of, queries))
        missing = {n: queries[n].path or b"" for n, each in enumerate(found) if each is None}
        if missing:
            raise UnknownPicturesError(missing)
        return [each for each in found if each is not None]

    async def with_views(self, query: Query) -> Query:
        """The query with vector, views and features."""
        _check([query])
        if query.vector is not None:
            return query
        try:
            stored = await self._gallery.do(_stored, query)
            model, views = await self._features.views_of(stored.path, stored.state, self._model)
        except (LookupError, BadPictureError):
            raise UnknownPicturesError({0: query.path or b""}) from None
        others = [View(view.vector.tolist(), view.penalty) for view in views.others]
        return replace(
            query,
            vector=views.vector.tolist(),
            model=model.identity,
            views=others,
            features=views.features,
        )

    async def _features_of(self, query: Query) -> bytes | None:
        if query.vector is not None:
            return query.features
        try:
            stored = await self._gallery.do(_stored, query)
        except LookupError:
            return None
        return await self._verifier.features(stored.image)


def _check(queries: Sequence[Query]) -> None:
    wrong = [n for n, q in enumerate(queries) if q.vector is not None and q.features is None]
    if wrong:
        raise UnverifiableError("A vector without features cannot be verified.", wrong)


def _stored(gallery: Gallery, query: Query) -> Stored:
    """The image that the query names. Raises LookupError if there is none. Runs on the gallery's
    thread."""
    (image,) = gallery.lookup.find([(query.path or b"", query.state)])
    if image is None:
        raise LookupError
    return described(gallery, [image])[0]
