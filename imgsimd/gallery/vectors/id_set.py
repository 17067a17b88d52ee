"""Ids in ascending order: a set that a vector store takes as a filter, and what two arrays have in
common."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.vectors.base import Ids
from imgsimd.types import ImageId

NO_IDS: Ids = np.empty(0, np.int64)
_FEW = 64
"""So many times fewer ids are looked up in the others; else both are read."""


class IdSet:
    """Ids in ascending order: 8 bytes each. A change copies them: 1 ms for a million."""

    def __init__(self, ids: Iterable[ImageId] = ()) -> None:
        self._ids = _ascending(ids)

    @property
    def ids(self) -> Ids:
        """All of them, ascending, each once. A later change leaves this array as it is."""
        return self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, image: ImageId) -> bool:
        place = np.searchsorted(self._ids, image)
        return bool(place < len(self._ids) and self._ids[place] == image)

    def add(self, ids: Iterable[ImageId]) -> None:
        """Adds the ids, some of which may be there already."""
        new = _ascending(ids)
        new = np.delete(new, places(new, self._ids))
        self._ids = np.insert(self._ids, np.searchsorted(self._ids, new), new)

    def discard(self, ids: Iterable[ImageId]) -> None:
        """Removes those of the ids that are there."""
        old = _ascending(image for image in ids if image in self)
        if len(old):
            self._ids = np.delete(self._ids, np.searchsorted(self._ids, old))


def places(ids: Ids, wanted: Ids) -> NDArray[np.intp]:
    """Where in `ids` those are that are wanted, too; everything ascends. 10 ms for a million and a
    million."""
    if len(wanted) * _FEW < len(ids):
        found = _lookup(ids, wanted)
        return found[found >= 0]
    if len(ids) * _FEW < len(wanted):
        return np.flatnonzero(_lookup(wanted, ids) >= 0)
    return np.flatnonzero(np.isin(ids, wanted, assume_unique=True))


def are_in(some: Ids, others: Ids) -> NDArray[np.bool_]:
    """Which of a few ids, in any order, are among the others, which ascend."""
    return _lookup(others, some) >= 0


def _lookup(ids: Ids, wanted: Ids) -> NDArray[np.intp]:
    """Where each one is; -1 if it is not there."""
    found = np.searchsorted(ids, wanted)
    found[found == len(ids)] = 0
    is_there = ids[found] == wanted if len(ids) else np.zeros(len(wanted), np.bool_)
    found[~is_there] = -1
    return found


def without(some: Ids, others: Ids) -> Ids:
    """Those of the ids that are not among the others; all three ascend."""
    return some[~np.isin(some, others, assume_unique=True)] if len(others) else some


def _ascending(ids: Iterable[ImageId]) -> Ids:
    return np.array(sorted(set(ids)), np.int64)
