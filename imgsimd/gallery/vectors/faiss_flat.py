"""FAISS: which stored vectors are nearest. Derived from the catalog, and only ever exact.

FAISS's own names (xb, xq, D, I) stay in here. One thread at a time: FAISS must not be searched
while it is changed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple, TypeAlias

import faiss
import numpy as np
from numpy.typing import NDArray

from imgsimd.types import ImageId
from imgsimd.vectors import NUMBER_BYTES, Vector, Vectors

Ids: TypeAlias = NDArray[np.int64]
"""[n]"""

TIE = 1e-5
"""Squared distances that differ by less than this may change places in FAISS's float32 sums; the
order among them is decided by distances computed anew in float64."""
SLAB_BYTES = 2**24
"""Vectors of one slab: removing one moves half of them, in about a millisecond."""

_CORES = len(os.sched_getaffinity(0))
# A search is bound by memory: each core reads slabs of its own, and FAISS's own threads, which
# only get in each other's way there (measured: twice the time), are left out.
_readers = ThreadPoolExecutor(
    _CORES, "search", initializer=faiss.omp_set_num_threads, initargs=(1,)
)


class Search(NamedTuple):
    """Which k vectors, apart from those under some ids, are nearest to a vector?"""

    query: Vector
    k: int
    leave_out: Sequence[ImageId] = ()
    max_distance: float | None = None

    def answer(self, found: list[tuple[ImageId, float]]) -> list[tuple[ImageId, float]]:
        """What is asked for of all that was found, nearest first."""
        most = math.inf if self.max_distance is None else self.max_distance
        left = [pair for pair in found if pair[0] not in self.leave_out and pair[1] <= most]
        return left[: self.k]


class Index:
    """Vectors under the ids of their images, in slabs of neighbouring ids.

    One FAISS index of everything would move all that follows when a vector is removed, be copied
    when it grows, and be read by one core only.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._ids_of_slab = max(1, SLAB_BYTES // (NUMBER_BYTES * dimension))
        self._slabs: dict[int, _Slab] = {}

    def __len__(self) -> int:
        return sum(map(len, self._slabs.values()))

    def __contains__(self, image: ImageId) -> bool:
        slab = self._slabs.get(image // self._ids_of_slab)
        return slab is not None and slab.has(image)

    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        """Adds vectors under ids that are not in use."""
        xb = np.ascontiguousarray(vectors, np.float32).reshape(len(ids), self.dimension)
        numbers = np.asarray(ids, np.int64)
        for slab, chosen in self._by_slab(numbers):
            self._slab(slab).add(numbers[chosen], xb[chosen])

    def load(self, rows: Iterable[tuple[ImageId, bytes]]) -> None:
        """Adds stored vectors (float32, little-endian) under ids that are not in use.

        A slab's share of them is gathered in one place and added at once, since every page of
        memory that is touched for the first time costs as much as reading it from SQLite.
        """
        xb = np.empty((self._ids_of_slab, self.dimension), "<f4")
        row_bytes = xb.strides[0]
        memory = xb.data.cast("B")
        for slab, part in groupby(rows, lambda row: row[0] // self._ids_of_slab):
            ids: list[ImageId] = []
            for image, vector in part:
                at = len(ids) * row_bytes
                memory[at : at + row_bytes] = vector
                ids.append(image)
            self._slab(slab).add(np.asarray(ids, np.int64), xb[: len(ids)])

    def remove(self, ids: Sequence[ImageId]) -> None:
        """Removes what is there of the ids. Costs one pass over each slab that has one of them."""
        present = np.asarray([image for image in ids if image in self], np.int64)
        for slab, chosen in self._by_slab(present):
            self._slabs[slab].remove(present[chosen])
            if not len(self._slabs[slab]):
                del self._slabs[slab]

    def vector(self, image: ImageId) -> Vector | None:
        """The vector under this id; None where there is none."""
        return self._vectors(np.asarray([image]))[0] if image in self else None

    def between(self, after: int, upto: int) -> tuple[Ids, Vectors]:
        """The ids with `after < id <= upto`, in order, and their vectors."""
        first, last = after // self._ids_of_slab, upto // self._ids_of_slab
        slabs = (self._slabs[n] for n in sorted(self._slabs) if first <= n <= last)
        ids = np.concatenate([np.empty(0, np.int64), *(slab.ids() for slab in slabs)])
        ids = ids[(ids > after) & (ids <= upto)]
        return ids, self._vectors(ids)

    def search(
        self, query: Vector, k: int, leave_out: Sequence[ImageId] = ()
    ) -> list[tuple[ImageId, float]]:
        """The k nearest ids with their L2 distances, nearest first, equal ones by id.

        Exactly what comparing the query with every vector in float64 gives.
        """
        return self.search_all([Search(query, k, leave_out)])[0]

    def search_all(self, searches: Sequence[Search]) -> list[list[tuple[ImageId, float]]]:
        """What `search` finds, for each; together they cost less than one after another.

        FAISS is asked for so many that everything which might tie with the last is among them.
        """
        xq = np.array([search.query for search in searches], np.float32)
        wanted = [min(s.k + len(s.leave_out), len(self)) for s in searches]
        near: dict[int, Ids] = {n: np.empty(0, np.int64) for n, w in enumerate(wanted) if w <= 0}
        asked = max(wanted, default=0) + 8
        while left := [n for n in range(len(searches)) if n not in near]:
            found = zip(left, *self._nearest(xq[left], asked), strict=True)
            near |= {
                n: ids
                for n, squared, ids in found
                if asked >= len(self) or squared[-1] > squared[wanted[n] - 1] + TIE
            }
            asked *= 4
        return [s.answer(self._ordered(xq[n], near[n])) for n, s in enumerate(searches)]

    def _nearest(self, xq: Vectors, k: int) -> tuple[NDArray[np.float32], Ids]:
        """FAISS's own squared distances and the ids, [n, k], or fewer where there are fewer."""
        slabs = list(self._slabs.values())
        shares = [slabs[n::_CORES] for n in range(min(_CORES, len(slabs)))]
        found = _readers.map(lambda share: [slab.search(xq, k) for slab in share], shares)
        parts = [part for share in found for part in share]
        d = np.concatenate([part[0] for part in parts], axis=1)
        i = np.concatenate([part[1] for part in parts], axis=1)
        order = np.argsort(d, axis=1)[:, :k]
        return np.take_along_axis(d, order, 1), np.take_along_axis(i, order, 1)

    def _ordered(self, query: Vector, ids: Ids) -> list[tuple[ImageId, float]]:
        near = self._vectors(ids).astype(np.float64)
        distances = np.sqrt(((near - query.astype(np.float64)) ** 2).sum(axis=1))
        order = np.lexsort((ids, distances))
        return [(ImageId(int(ids[n])), float(distances[n])) for n in order]

    def _vectors(self, ids: Ids) -> Vectors:
        """The vectors under these ids, which must be there."""
        xb = np.empty((len(ids), self.dimension), np.float32)
        for slab, chosen in self._by_slab(ids):
            xb[chosen] = self._slabs[slab].vectors(ids[chosen])
        return xb

    def _slab(self, number: int) -> _Slab:
        """This slab, made if it is not there yet."""
        if number not in self._slabs:
            first = number * self._ids_of_slab
            self._slabs[number] = _Slab(self.dimension, first, self._ids_of_slab)
        return self._slabs[number]

    def _by_slab(self, ids: Ids) -> Iterator[tuple[int, Ids]]:
        """The slabs of these ids; and which of the ids belong there."""
        slabs = ids // self._ids_of_slab
        for slab in np.unique(slabs):
            yield int(slab), np.flatnonzero(slabs == slab)


class _Slab:
    """`IndexIDMap(IndexFlatL2)`, and where in it each id is."""

    def __init__(self, dimension: int, first: int, ids: int) -> None:
        """For ids from `first` on, at most so many."""
        self._first = first
        self._flat = faiss.IndexFlatL2(dimension)
        self._faiss = faiss.IndexIDMap(self._flat)
        # IndexIDMap2 knows this, too, in 14 times the memory and with a tenth of the speed.
        self._places = np.full(ids, -1, np.int32)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def has(self, image: ImageId) -> bool:
        return bool(self._places[image - self._first] >= 0)

    def ids(self) -> Ids:
        """In order."""
        return np.flatnonzero(self._places >= 0) + self._first

    def add(self, ids: Ids, xb: Vectors) -> None:
        self._places[ids - self._first] = np.arange(len(self), len(self) + len(ids))
        self._faiss.add_with_ids(xb, ids)

    def remove(self, ids: Ids) -> None:
        self._faiss.remove_ids(faiss.IDSelectorBatch(ids))
        self._places[:] = -1
        left = faiss.vector_to_array(self._faiss.id_map)
        self._places[left - self._first] = np.arange(len(left))

    def vectors(self, ids: Ids) -> Vectors:
        found: Vectors = self._flat.reconstruct_batch(self._places[ids - self._first])
        return found

    def search(self, xq: Vectors, k: int) -> tuple[NDArray[np.float32], Ids]:
        d, i = self._faiss.search(xq, min(k, len(self)))
        return d, i
