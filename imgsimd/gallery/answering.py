"""One model's vectors, as questions need them. All of this runs on the gallery's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from imgsimd.gallery.attributes import Attributes
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.index import Index
from imgsimd.gallery.lookup import Lookup
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.gallery.vectors.base import DistantNeighbour, Found, Neighbour, RemoteSearch, Search
from imgsimd.shared_ids import HostNumber
from imgsimd.types import FilePath, ImageId, Match
from imgsimd.vectors import Vector, Vectors


class Coverage(NamedTuple):
    """How many photos a model has seen, of how many that can be found."""

    embedded: int
    of: int


class Answering:
    """What answers questions to one model."""

    def __init__(
        self,
        catalog: Catalog,
        models: ModelSwitch,
        index: Index,
        attributes: Attributes,
        model: Callable[[], Served],
        among: Index | None = None,
    ) -> None:
        """The `index` is that of the `model`. If it is not the serving one, `among` is the index of
        that one."""
        self.images = catalog.images
        self.shots = catalog.shots
        self.attributes = attributes
        """Which images fit conditions."""
        self.lookup = Lookup(catalog, models, index)
        """Which image a file is."""
        self._outbox = catalog.outbox
        self._index = index
        self._model = model
        self._among = among

    @property
    def model(self) -> Served:
        """Whose vectors answer."""
        return self._model()

    @property
    def coverage(self) -> Coverage | None:
        """How far the model is, if it is not the serving one."""
        if self._among is None:
            return None
        embedded = len(self._index)
        return Coverage(embedded, max(embedded, len(self._among)))

    @property
    def vector_bytes(self) -> int:
        """What the vectors of all searchable images take."""
        return len(self._index) * self.model.form.size

    def vector(self, image: ImageId) -> Vector | None:
        """The vector of a searchable image."""
        return self._index.vector(image)

    @property
    def host(self) -> HostNumber | None:
        """This machine's number, if it shares the gallery with others."""
        shared = self._outbox.shared()
        return None if shared is None else shared.host

    def vectors(self, images: Sequence[ImageId], distant: Mapping[int, Vector]) -> Vectors:
        """The vectors of searchable images, in their order; each is given once. `distant` are those
        of other hosts' images, by their ids."""
        here = np.array([image for image in images if image not in distant], np.int64)
        present, vectors = self._index.vectors_of(here)
        if not distant:
            return vectors
        known = {**distant, **dict(zip(here[present].tolist(), vectors, strict=True))}
        rows = [known[image] for image in images if image in known]
        return np.array(rows, np.float32).reshape(-1, vectors.shape[1])

    def path(self, image: ImageId) -> FilePath | None:
        """The path of a searchable image."""
        known = self.images.by_id([image]) if image in self._index else []
        return known[0].path if known else None

    def nearest(self, searches: Sequence[Search]) -> list[list[Match]] | RemoteSearch:
        """What each search finds: see `VectorStore.search_many`.

        If the store is remote, this is a search to run on another thread, and `matches` tells what
        was found.
        """
        found = self._index.search_many(searches)
        if isinstance(found, RemoteSearch):
            return found
        return self._matches(found)

    def matches(self, search: RemoteSearch, found: Found) -> list[list[Match]] | None:
        """What was found in a remote store, without images that are no longer searchable. None if
        the index was built anew since then: what was found means nothing now."""
        if not self._index.is_current(search):
            return None
        return self._matches([[n for n in each if self._is_searchable(n)] for each in found])

    def _is_searchable(self, found: Neighbour | DistantNeighbour) -> bool:
        return isinstance(found, DistantNeighbour) or found.id in self._index

    def _matches(
        self, found: Sequence[Sequence[Neighbour | DistantNeighbour]]
    ) -> list[list[Match]]:
        paths = self.images.paths(
            {near.id for each in found for near in each if isinstance(near, Neighbour)}
        )
        return [list(_matches(each, paths)) for each in found]


def _matches(
    found: Sequence[Neighbour | DistantNeighbour], paths: Mapping[ImageId, FilePath]
) -> Iterator[Match]:
    """Those that have a path: all, unless somebody has meddled."""
    rank = 0
    for near in found:
        path = near.path if isinstance(near, DistantNeighbour) else paths.get(near.id)
        if path is not None:
            rank += 1
            host = near.host if isinstance(near, DistantNeighbour) else None
            yield Match(rank, ImageId(near.id), path, near.distance, rank, host)
