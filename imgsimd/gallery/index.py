"""FAISS: which stored vectors are nearest. Derived from the catalog, and only ever exact.

FAISS's own names (xb, xq, D, I) stay in here. One thread at a time: FAISS must not be searched
while it is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import faiss
import numpy as np
from numpy.typing import NDArray

from imgsimd.types import ImageId

Vector: TypeAlias = NDArray[np.float32]
"""[dimension], unit length."""
Vectors: TypeAlias = NDArray[np.float32]
"""[n, dimension], each of unit length."""

TIE = 1e-5
"""Squared distances that differ by less than this may change places in FAISS's float32 sums; the
order among them is decided by distances computed anew in float64."""


class Index:
    """`IndexIDMap2(IndexFlatL2)`: vectors under the ids of their images."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._faiss = faiss.IndexIDMap2(faiss.IndexFlatL2(dimension))

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        """Adds vectors under ids that are not in use."""
        xb = np.ascontiguousarray(vectors, np.float32).reshape(len(ids), self.dimension)
        self._faiss.add_with_ids(xb, np.asarray(ids, np.int64))

    def remove(self, ids: Sequence[ImageId]) -> None:
        """Removes what is there of the ids. Costs one pass over all vectors, however many ids."""
        if ids and len(self):
            self._faiss.remove_ids(faiss.IDSelectorBatch(np.asarray(ids, np.int64)))

    def vector(self, image: ImageId) -> Vector | None:
        """The vector under this id; None where there is none."""
        try:
            found: Vector = self._faiss.reconstruct(int(image))
        except RuntimeError:
            return None
        return found

    def search(
        self, query: Vector, k: int, leave_out: Sequence[ImageId] = ()
    ) -> list[tuple[ImageId, float]]:
        """The k nearest ids with their L2 distances, nearest first, equal ones by id.

        Exactly what comparing the query with every vector in float64 gives: FAISS is asked for so
        many that everything which might tie with the last one is among them.
        """
        xq = np.ascontiguousarray(query, np.float32).reshape(1, self.dimension)
        wanted = min(k + len(leave_out), len(self))
        if wanted <= 0:
            return []
        asked = min(wanted + 8, len(self))
        while True:
            squared, ids = self._nearest(xq, asked)
            if asked == len(self) or squared[-1] > squared[wanted - 1] + TIE:
                break
            asked = min(asked * 4, len(self))
        return [pair for pair in self._ordered(xq, ids) if pair[0] not in leave_out][:k]

    def _nearest(self, xq: Vectors, k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        # One query is bound by memory, and more threads only make it slower (measured: twice).
        faiss.omp_set_num_threads(1)
        d, i = self._faiss.search(xq, k)
        return d[0], i[0]

    def _ordered(self, xq: Vectors, ids: NDArray[np.int64]) -> list[tuple[ImageId, float]]:
        near = self._faiss.reconstruct_batch(ids).astype(np.float64)
        distances = np.sqrt(((near - xq.astype(np.float64)) ** 2).sum(axis=1))
        order = np.lexsort((ids, distances))
        return [(ImageId(int(ids[n])), float(distances[n])) for n in order]
