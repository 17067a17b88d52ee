"""Vectors of neighbouring ids in an index of FAISS.

FAISS must not be searched while it is changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import faiss
import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.vectors.base import Ids
from imgsimd.types import ImageId
from imgsimd.vectors import VectorForm, Vectors

MULTIPLIED = 4
"""So many queries at once are multiplied with float32 vectors, as matrices, which takes 32 queries
a third of the time that they take one by one; fewer take less one by one. Codes would have to be
decoded for that, which costs what it saves. (Measured with 256 and 1,000 numbers.)"""
CODES_AT_ONCE = 32
"""FAISS compares so many codes in one step, and the rest of a vector in smaller ones: with 1,000
codes a search takes three times as long as with 1,024. So zeros are added."""
SIGN = 0x80
"""FAISS has the codes -128 to 127 as 0 to 255: this bit is the other way round."""

Number = TypeVar("Number", np.uint8, np.float32)


class Slab:
    """FAISS's `IndexIDMap`, and the place of each id in it.

    Vectors that are stored as int8 stay codes here, and queries become codes, too: FAISS may
    compare whole numbers only. That takes a quarter of the memory of float32, and of the time.
    """

    def __init__(self, form: VectorForm, first: int, ids: int) -> None:
        """For ids from `first` on, at most so many."""
        self._form = form
        self._first = first
        self._is_coded = form.stored_as == "int8"
        self._unit = form.scale if self._is_coded else 1.0  # what FAISS has for a distance of 1
        self._flat = _coded(form.dimension) if self._is_coded else faiss.IndexFlatL2(form.dimension)
        self._faiss = faiss.IndexIDMap(self._flat)
        # IndexIDMap2 knows the places, too, but takes 14 times the memory and is 10 times slower.
        self._places = np.full(ids, -1, np.int32)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def has(self, image: ImageId) -> bool:
        return bool(self._places[image - self._first] >= 0)

    def has_each(self, ids: Ids) -> NDArray[np.bool_]:
        """Of each of the ids, whether it is here."""
        return self._places[ids - self._first] >= 0

    def ids(self) -> Ids:
        """In order."""
        return np.flatnonzero(self._places >= 0) + self._first

    def add(self, ids: Ids, stored: NDArray[np.uint8]) -> None:
        """Adds vectors as they are stored, [n, bytes of one]. Raises ValueError if an id is in use,
        or is given twice."""
        at, places = ids - self._first, np.arange(len(self), len(self) + len(ids))
        if (self._places[at] >= 0).any():
            raise ValueError("an id is in use already")
        self._places[at] = places
        if (self._places[at] != places).any():
            self._places[at] = -1
            raise ValueError("an id is given twice")
        if self._is_coded:
            stored = self._widened(stored)
            stored ^= SIGN
        self._faiss.add_sa_codes(stored, ids)

    def remove(self, ids: Ids) -> None:
        self._faiss.remove_ids(faiss.IDSelectorBatch(ids))
        self._places[:] = -1
        left = self._ids_by_place()
        self._places[left - self._first] = np.arange(len(left))

    def vectors(self, ids: Ids) -> Vectors:
        """Those under these ids, which must be here."""
        places = self._places[ids - self._first]
        if self._is_coded:  # FAISS takes four times as long to decode them
            return self._form.from_codes((self._codes()[places] ^ SIGN).view(np.int8))
        found: Vectors = self._flat.reconstruct_batch(places)
        return found

    def _codes(self) -> NDArray[np.uint8]:
        """As FAISS has them, by place, without the zeros that were added. To be used before
        anything is changed."""
        memory = faiss.rev_swig_ptr(self._flat.codes.data(), self._flat.codes.size())
        wide: NDArray[np.uint8] = memory.reshape(len(self), self._flat.code_size)
        return wide[:, : self._form.dimension]

    def is_shown(self, among: Ids | None, hidden: Ids) -> NDArray[np.bool_]:
        """By place, whether the id there is one of those to search among, and not hidden."""
        shown = np.full(len(self), among is None)
        if among is not None:
            shown[self._places_of(among)] = True
        shown[self._places_of(hidden)] = False
        return shown

    def _places_of(self, ids: Ids) -> NDArray[np.int32]:
        """Those of the ids that are here."""
        places = self._places[ids - self._first]
        found: NDArray[np.int32] = places[places >= 0]
        return found

    @property
    def takes_lists(self) -> bool:
        """Whether a selector that is a list costs less than a bitmap if it is short."""
        return not self._is_coded

    def search(self, xq: Vectors, k: int) -> Found:
        """The k nearest, or all if there are fewer."""
        k = min(k, len(self))
        # Of the whole process, and in numbers of all queries.
        faiss.cvar.distance_compute_blas_threshold = MULTIPLIED * self._form.dimension
        d, ids = self._faiss.search(self._scaled(xq), k)
        return Found(d / self._unit**2, ids)

    def search_among(self, selector: faiss.IDSelector, xq: Vectors, k: int) -> Found:
        """The k nearest of those that are selected, by place; there must be as many."""
        parameters = faiss.SearchParameters()
        parameters.sel = selector
        d, places = self._flat.search(self._scaled(xq), k, params=parameters)
        return Found(d / self._unit**2, self._ids_by_place()[places])

    def _scaled(self, xq: Vectors) -> Vectors:
        """The queries as FAISS compares them."""
        return self._widened(np.rint(xq * np.float32(self._unit))) if self._is_coded else xq

    def _widened(self, numbers: NDArray[Number]) -> NDArray[Number]:
        """With the zeros that are added."""
        wide = np.zeros((len(numbers), self._flat.d), numbers.dtype)
        wide[:, : self._form.dimension] = numbers
        return wide

    def _ids_by_place(self) -> Ids:
        found: Ids = faiss.vector_to_array(self._faiss.id_map)
        return found


class Found(NamedTuple):
    """What FAISS found: for each of n queries k vectors, nearest first."""

    squared: NDArray[np.float32]
    """[n, k] distances, each squared."""
    ids: Ids
    """[n, k]"""

    def of(self, query: int) -> Found:
        """Those of one query."""
        return Found(self.squared[query : query + 1], self.ids[query : query + 1])

    @classmethod
    def nearest(cls, each: Sequence[Found], k: int) -> Found:
        """The k nearest of all that were found by the same queries, or fewer where there are
        fewer."""
        squared = np.concatenate([found.squared for found in each], axis=1)
        ids = np.concatenate([found.ids for found in each], axis=1)
        order = np.argsort(squared, axis=1)[:, :k]
        return cls(np.take_along_axis(squared, order, 1), np.take_along_axis(ids, order, 1))

    @classmethod
    def nothing(cls, queries: int) -> Found:
        """For so many queries."""
        return cls(np.empty((queries, 0), np.float32), np.empty((queries, 0), np.int64))


def _coded(dimension: int) -> faiss.IndexFlatCodes:
    """An empty index of codes, and of the zeros that are added."""
    width = math.ceil(dimension / CODES_AT_ONCE) * CODES_AT_ONCE
    kind = faiss.ScalarQuantizer.QT_8bit_direct_signed
    return faiss.IndexScalarQuantizer(width, kind, faiss.METRIC_L2)
