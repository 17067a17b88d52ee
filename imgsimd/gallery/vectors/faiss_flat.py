"""A vector store that compares each query with every vector, by means of FAISS.

FAISS's own names (xb, xq, d, i) stay here and in `slab.py`. FAISS must not be searched while it is
changed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

import faiss
import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.vectors.base import Ids, Neighbour, Search, VectorStore
from imgsimd.gallery.vectors.slab import Found, Slab
from imgsimd.types import ImageId
from imgsimd.vectors import Vector, VectorForm, Vectors

MORE = 8
"""So many more are asked for if all that were found might be equally near. To ask for a thousand
takes twice as long as to ask for ten."""
AT_ONCE = 4096
"""Vectors whose distances are computed in one go: 30 MB, if they have 960 numbers."""
TIE = 1e-5
"""FAISS's float32 sums may put squared distances in the wrong order if they differ by less than
this. The order among such vectors is decided by distances computed anew in float64."""
SLAB_BYTES, SLAB_IDS = 2**24, 2**18
"""Size of the vectors of one slab, and of how many at most. To remove one vector moves half of
them, which takes about 1 ms, and the place of each id is kept, in use or not."""

HALF = 0.5
"""Of a slab. FAISS gets the places of fewer vectors as a list, which costs about their share if
they lie together, and up to four times that if they are scattered evenly. For more of them a
bitmap, at which FAISS looks for every vector, takes less time; if 10 % are left out, a search takes
up to two thirds longer than one of all. (Measured with 1,000,000 vectors of 256 numbers. To let
FAISS look at ids takes longer, and so do copies of the vectors, even for 32 queries. To ask for
more of all, and to drop what may not be found, saves nothing.)"""
_NONE = np.empty(0, np.int64)

_CORES = len(os.sched_getaffinity(0))
# Memory bandwidth limits a search. Each core reads its own slabs; FAISS's own threads are turned
# off, because with both a search takes twice the time (measured).
_readers = ThreadPoolExecutor(
    _CORES, "search", initializer=faiss.omp_set_num_threads, initargs=(1,)
)


class FaissFlat(VectorStore):
    """Vectors in slabs of neighbouring ids.

    With one FAISS index for everything, a removal would move all later vectors, growth would copy
    the index, and a search would use only one core.
    """

    def __init__(self, form: VectorForm) -> None:
        self._form = form
        self._ids_of_slab = max(1, min(SLAB_IDS, SLAB_BYTES // form.size))
        self._slabs: dict[int, Slab] = {}

    @property
    def form(self) -> VectorForm:
        return self._form

    def __len__(self) -> int:
        return sum(map(len, self._slabs.values()))

    def __contains__(self, image: ImageId) -> bool:
        slab = self._slabs.get(image // self._ids_of_slab)
        return slab is not None and slab.has(image)

    def add(self, ids: Sequence[ImageId], vectors: Vectors) -> None:
        shape = len(ids), self._form.dimension
        xb = np.frombuffer(self._form.to_bytes(vectors.reshape(shape)), np.uint8)
        xb = xb.reshape(len(ids), self._form.size)
        if len(set(ids)) < len(ids) or any(image in self for image in ids):
            raise ValueError("an id is in use already")
        numbers = np.asarray(ids, np.int64)
        for slab, chosen in self._by_slab(numbers):
            self._slab(slab).add(numbers[chosen], xb[chosen])

    def load(self, rows: Iterable[tuple[ImageId, bytes]]) -> None:
        # A slab's share of the rows is gathered in one place and added at once, since to touch a
        # page of memory for the first time costs as much as to read it from SQLite.
        row_bytes = self._form.size
        xb = np.empty((self._ids_of_slab, row_bytes), np.uint8)
        memory = xb.data.cast("B")
        for slab, part in groupby(rows, lambda row: row[0] // self._ids_of_slab):
            ids: list[ImageId] = []
            for image, vector in part:
                at = len(ids) * row_bytes
                memory[at : at + row_bytes] = vector
                ids.append(image)
            self._slab(slab).add(np.asarray(ids, np.int64), xb[: len(ids)])

    def remove(self, ids: Sequence[ImageId]) -> None:
        present = np.asarray([image for image in ids if image in self], np.int64)
        for slab, chosen in self._by_slab(present):
            self._slabs[slab].remove(present[chosen])
            if not len(self._slabs[slab]):
                del self._slabs[slab]

    def get(self, image: ImageId) -> Vector | None:
        return self._vectors(np.asarray([image]))[0] if image in self else None

    def ids(self) -> Ids:
        return self._ids(0, max(self._slabs, default=0))

    def between(self, after: int, upto: int) -> tuple[Ids, Vectors]:
        ids = self._ids(after // self._ids_of_slab, upto // self._ids_of_slab)
        ids = ids[(ids > after) & (ids <= upto)]
        return ids, self._vectors(ids)

    def vectors_of(self, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
        present = np.zeros(len(ids), np.bool_)
        for slab, chosen in self._by_slab(ids):
            if slab in self._slabs:
                present[chosen] = self._slabs[slab].has_each(ids[chosen])
        return present, self._vectors(ids[present])

    def search_many(
        self, searches: Sequence[Search], hidden: Ids | None = None
    ) -> list[list[Neighbour]]:
        found: dict[int, list[Neighbour]] = {}
        for numbers in _by_array([search.among for search in searches]):
            together = [searches[number] for number in numbers]
            parts = self._parts(together[0].among, hidden)
            found |= zip(numbers, self._search(parts, together), strict=True)
        return [found[number] for number in range(len(searches))]

    def close(self) -> None:
        self._slabs.clear()

    def _search(
        self, parts: Sequence[_Part], searches: Sequence[Search]
    ) -> Iterator[list[Neighbour]]:
        """FAISS is asked for some more than are wanted."""
        count = sum(part.count for part in parts)
        xq = np.array([self._form.rounded(search.query) for search in searches], np.float32)
        wanted = [min(s.k + len(s.leave_out), count) for s in searches]
        asked = max(wanted, default=0) + 8
        found = _nearest(parts, xq, asked) if count else Found.nothing(len(searches))
        for n, search in enumerate(searches):
            near = _with_ties(parts, xq[n : n + 1], found.of(n), wanted[n]) if wanted[n] else _NONE
            yield _answer(search, self._ordered(xq[n], near))

    def _parts(self, among: Ids | None, hidden: Ids | None) -> list[_Part]:
        """What may be found, by slab; slabs of which nothing may be are left out."""
        if among is None and hidden is None:
            return [_Part(slab, len(slab)) for slab in self._slabs.values()]
        chosen, left_out = self._shares(among), self._shares(hidden)
        slabs = self._slabs.values() if among is None else map(self._slabs.__getitem__, chosen)
        numbers = self._slabs if among is None else chosen
        pairs = zip(numbers, slabs, strict=True)
        parts = (_Part.of(slab, chosen.get(n), left_out.get(n, _NONE)) for n, slab in pairs)
        return [part for part in parts if part.count]

    def _shares(self, ids: Ids | None) -> dict[int, Ids]:
        """Of ascending ids, those of each slab that there is, by slab."""
        if ids is None:
            return {}
        numbers = np.fromiter(self._slabs, np.int64, len(self._slabs))
        starts = np.searchsorted(ids, numbers * self._ids_of_slab)
        ends = np.searchsorted(ids, (numbers + 1) * self._ids_of_slab)
        spans = zip(self._slabs, starts, ends, strict=True)
        return {number: ids[start:end] for number, start, end in spans if start < end}

    def _ordered(self, query: Vector, ids: Ids) -> list[Neighbour]:
        parts = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
        distances = np.concatenate([np.empty(0), *(self._distances(query, p) for p in parts)])
        order = np.lexsort((ids, distances))
        return [Neighbour(ImageId(int(ids[n])), float(distances[n])) for n in order]

    def _distances(self, query: Vector, ids: Ids) -> NDArray[np.float64]:
        near = self._vectors(ids).astype(np.float64)
        found: NDArray[np.float64] = np.sqrt(((near - query.astype(np.float64)) ** 2).sum(axis=1))
        return found

    def _ids(self, first: int, last: int) -> Ids:
        """What the slabs from the first to the last have, ascending."""
        slabs = (self._slabs[n] for n in sorted(self._slabs) if first <= n <= last)
        return np.concatenate([_NONE, *(slab.ids() for slab in slabs)])

    def _vectors(self, ids: Ids) -> Vectors:
        """The vectors under these ids, which must be there."""
        xb = np.empty((len(ids), self._form.dimension), np.float32)
        for slab, chosen in self._by_slab(ids):
            xb[chosen] = self._slabs[slab].vectors(ids[chosen])
        return xb

    def _slab(self, number: int) -> Slab:
        """This slab, made if it is not there yet."""
        if number not in self._slabs:
            first = number * self._ids_of_slab
            self._slabs[number] = Slab(self._form, first, self._ids_of_slab)
        return self._slabs[number]

    def _by_slab(self, ids: Ids) -> Iterator[tuple[int, Ids]]:
        """The slabs of these ids; and which of the ids belong there."""
        slabs = ids // self._ids_of_slab
        for slab in np.unique(slabs):
            yield int(slab), np.flatnonzero(slabs == slab)


@dataclass(frozen=True, slots=True)
class _Part:
    """What may be found of a slab."""

    slab: Slab
    count: int
    shown: NDArray[np.bool_] | None = None
    """By place; None: all of it."""

    @classmethod
    def of(cls, slab: Slab, among: Ids | None, hidden: Ids) -> _Part:
        """Those of the slab's ids to search among (None: all) that are not hidden."""
        shown = slab.is_shown(among, hidden)
        count = int(np.count_nonzero(shown))
        return cls(slab, count, None if count == len(slab) else shown)

    def search(self, xq: Vectors, k: int) -> Found:
        if self.shown is None:
            return self.slab.search(xq, k)
        if self.slab.takes_lists and self.count < HALF * len(self.shown):
            places = np.flatnonzero(self.shown)
            listed = faiss.IDSelectorArray(len(places), faiss.swig_ptr(places))
            return self.slab.search_among(listed, xq, min(k, self.count))
        with _bitmap(self.shown) as selector:
            return self.slab.search_among(selector, xq, min(k, self.count))


@contextmanager
def _bitmap(shown: NDArray[np.bool_]) -> Iterator[faiss.IDSelectorBitmap]:
    """Selects the places that are shown. It reads an array that it does not own."""
    packed = np.packbits(shown, bitorder="little")
    yield faiss.IDSelectorBitmap(len(packed), faiss.swig_ptr(packed))


def _nearest(parts: Sequence[_Part], xq: Vectors, k: int) -> Found:
    """The k nearest of all parts by FAISS's own distances, or fewer where there are fewer."""
    shares = [parts[n::_CORES] for n in range(min(_CORES, len(parts)))]
    found = _readers.map(lambda share: [part.search(xq, k) for part in share], shares)
    return Found.nearest([part for share in found for part in share], k)


def _with_ties(parts: Sequence[_Part], xq: Vectors, found: Found, wanted: int) -> Ids:
    """What was found for the one query. If all of it might tie with the last one that is wanted,
    FAISS is asked for more: thousands, where a file was copied so often."""
    count = sum(part.count for part in parts)
    while found.ids.size < count and found.squared[0, -1] <= found.squared[0, wanted - 1] + TIE:
        found = _nearest(parts, xq, min(count, MORE * found.ids.size))
    ids: Ids = found.ids[0]
    return ids


def _answer(search: Search, found: Sequence[Neighbour]) -> list[Neighbour]:
    """What is asked for of all that was found, nearest first."""
    most = math.inf if search.max_distance is None else search.max_distance
    left = [each for each in found if each.id not in search.leave_out and each.distance <= most]
    return left[: search.k]


def _by_array(arrays: Sequence[Ids | None]) -> Iterator[list[int]]:
    """The numbers of those that are the very same, together."""
    same: dict[int, list[int]] = {}
    for number, array in enumerate(arrays):
        same.setdefault(id(array), []).append(number)
    yield from same.values()
