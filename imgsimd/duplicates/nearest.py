"""The nearest others of each of many items, gathered from pairs that come in any order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_WAITING = 2_000_000
"""Pairs that are gathered before all but the nearest are dropped: 32 MB."""


class Pairs(NamedTuple):
    """Pairs of items, each once, the smaller number first, in order: [n] each."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    distance: NDArray[np.float32]

    def chosen(self, which: NDArray[np.bool_]) -> Pairs:
        """Some of them."""
        return Pairs(self.first[which], self.second[which], self.distance[which])


class Nearest:
    """For each item at most so many others. Memory grows with the number of items."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept = [_NONE]
        self._count = 0

    def add(
        self,
        one: NDArray[np.int64],
        other: NDArray[np.int64],
        distance: NDArray[np.float32],
    ) -> None:
        """Adds pairs of items; in which order they are makes no difference."""
        self._kept += [Pairs(one, other, distance), Pairs(other, one, distance)]
        self._count += 2 * len(one)
        if self._count > _WAITING:
            self._drop_farther()

    def pairs(self) -> Pairs:
        """The pairs of which one is among the nearest of the other."""
        self._drop_farther()
        (kept,) = self._kept
        first, second = np.minimum(kept.first, kept.second), np.maximum(kept.first, kept.second)
        order = np.lexsort((second, first))
        first, second, distance = first[order], second[order], kept.distance[order]
        is_new = np.ones(len(first), np.bool_)
        is_new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
        return Pairs(first, second, distance).chosen(is_new)

    def _drop_farther(self) -> None:
        gathered = _joined(self._kept)
        order = np.lexsort((gathered.second, gathered.distance, gathered.first))
        first = gathered.first[order]
        rank = np.arange(len(first)) - np.searchsorted(first, first)
        near = order[rank < self._most]
        self._kept, self._count = (
            [Pairs(first[rank < self._most], gathered.second[near], gathered.distance[near])],
            0,
        )


_NONE = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))


def _joined(parts: list[Pairs]) -> Pairs:
    return Pairs(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.distance for part in parts]),
    )
