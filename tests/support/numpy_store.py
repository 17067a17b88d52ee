"""The plainest vector store: a dictionary, and numpy. It shows that the contract can be kept by
another store than FAISS, and what the contract suite notices (`tests/gallery/vectors`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.vectors.base import (
    Found,
    Ids,
    Neighbour,
    RemoteSearch,
    RemoteStore,
    Search,
    VectorStore,
)
from imgsimd.types import ImageId
from imgsimd.vectors import Vector, VectorForm, Vectors


class NumpyStore(VectorStore):
    """Small enough to be seen to be right."""

    def __init__(self, form: VectorForm) -> None:
        self._form = form
        self.vectors: dict[ImageId, Vector] = {}

    @property
    def form(self) -> VectorForm:
        return self._form

    def __len__(self) -> int:
        return len(self.vectors)

    def __contains__(self, image: ImageId) -> bool:
        return image in self.vectors

    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        if len(set(ids)) < len(ids) or any(image in self for image in ids):
            raise ValueError("an id is in use already")
        if vectors.shape != (len(ids), self._form.dimension):
            raise ValueError("wrong dimension")
        self.vectors |= dict(zip(ids, map(self._form.rounded, vectors), strict=True))

    def load(self, rows: Iterable[tuple[ImageId, bytes]]) -> None:
        for image, stored in rows:
            self.add([image], self._form.from_bytes(stored)[None])

    def remove(self, ids: Sequence[ImageId]) -> None:
        for image in ids:
            self.vectors.pop(image, None)

    def get(self, image: ImageId) -> Vector | None:
        return self.vectors.get(image)

    def ids(self) -> Ids:
        return np.array(sorted(self.vectors), np.int64)

    def between(self, after: int, upto: int) -> tuple[Ids, Vectors]:
        ids = sorted(image for image in self.vectors if after < image <= upto)
        vectors = [self.vectors[image] for image in ids]
        return np.array(ids, np.int64), self._rows(vectors)

    def vectors_of(self, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
        present = np.array([image in self.vectors for image in ids.tolist()], np.bool_)
        vectors = [self.vectors[image] for image in ids[present].tolist()]
        return present, self._rows(vectors)

    def _rows(self, vectors: list[Vector]) -> Vectors:
        return np.array(vectors, np.float32).reshape(-1, self._form.dimension)

    def search_many(
        self, searches: Sequence[Search], hidden: Ids | None = None
    ) -> list[list[Neighbour]]:
        hidden_ids = set() if hidden is None else set(hidden.tolist())
        return [self.search(search, hidden_ids) for search in searches]

    def search(self, search: Search, hidden: set[int]) -> list[Neighbour]:
        allowed = self.vectors.keys() - hidden - set(search.leave_out)
        allowed &= self.vectors.keys() if search.among is None else set(search.among.tolist())
        query = self._form.rounded(search.query)
        found = [Neighbour(i, self.distance(query, self.vectors[i])) for i in allowed]
        most = np.inf if search.max_distance is None else search.max_distance
        near = [neighbour for neighbour in found if neighbour.distance <= most]
        return sorted(near, key=self.rank)[: search.k]

    def distance(self, query: Vector, vector: Vector) -> float:
        return float(np.sqrt(np.sum((vector.astype(float) - query.astype(float)) ** 2)))

    def rank(self, neighbour: Neighbour) -> tuple[float, int]:
        return neighbour.distance, neighbour.id

    def close(self) -> None:
        self.vectors.clear()


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors [..., dimension], each at length 1."""
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


class DistantStore(NumpyStore, RemoteStore):
    """As if its answers came from another machine."""

    def __init__(self, form: VectorForm, wait: Callable[[], None] = lambda: None) -> None:
        """Each answer comes after `wait`."""
        super().__init__(form)
        self.wait = wait

    def prepare(self, searches: Sequence[Search], hidden: Ids | None = None) -> RemoteSearch:
        return _DistantSearch(self, searches, hidden)

    def pushed(self, ids: Iterable[ImageId]) -> None:
        pass  # it has everything at once


class _DistantSearch(RemoteSearch):
    def __init__(self, store: DistantStore, searches: Sequence[Search], hidden: Ids | None) -> None:
        super().__init__(store, searches)
        self._distant, self._hidden = store, hidden

    def run(self) -> Found:
        found = self._distant.search_many(self.searches, self._hidden)
        self._distant.wait()
        return [[*each] for each in found]
