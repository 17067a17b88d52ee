"""The nearest of what Milvus has found so far, by exact distances."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from imgsimd.gallery.vectors.base import DistantNeighbour, Neighbour, Search
from imgsimd.milvus.messages import Hit
from imgsimd.milvus.scope import Scope
from imgsimd.shared_ids import SharedId
from imgsimd.vectors import VectorForm

TIE = 1e-4
"""Milvus may put squared distances in the wrong order if they differ by less than this. Sums of a
few thousand squares are wrong by 1e-5 in float32, and differences of products as well. As codes are
larger than numbers, so are their distances' errors."""


class NearestHits:
    """What one search has found, at most k, and whether there can be more."""

    def __init__(
        self, search: Search, scope: Scope, form: VectorForm, known: Sequence[Neighbour]
    ) -> None:
        """`known`: what was found without Milvus, as it would be answered."""
        self.query = form.to_bytes(search.query)
        """As Milvus takes it."""
        self.seen = set[SharedId]()
        """All hits so far."""
        self.nearest: list[Neighbour | DistantNeighbour] = [*known]
        """See `base.Found`."""
        self._k = search.k
        self._left_out = frozenset[int](search.leave_out)
        self._farthest = math.inf if search.max_distance is None else search.max_distance
        self._scope = scope
        self._form = form
        self._exact = form.from_bytes(self.query).astype(np.float64)
        self._unit = 1.0 if form.stored_as == "float32" else form.scale**2
        self._reach = -math.inf

    @property
    def asked(self) -> int:
        """So many have to be looked at in any case."""
        return self._k + len(self._left_out)

    @property
    def is_complete(self) -> bool:
        """Whether no row that has not been seen can be among the k nearest."""
        if self._k == 0:
            return True
        is_full = len(self.nearest) == self._k
        last = min(self._farthest, self.nearest[-1].distance if is_full else math.inf)
        return self._reach == math.inf or self._reach > last**2 + TIE

    def begin(self) -> None:
        """What comes now is of other rows: nothing of them has been seen."""
        self._reach = -math.inf

    def take(self, hits: Sequence[Hit], limit: int) -> None:
        """The nearest rows, at most so many: fewer if there are no more."""
        new = [hit for hit in hits if hit.id not in self.seen]
        self.seen.update(hit.id for hit in new)
        if len(hits) < limit or not new:
            self._reach = math.inf
        else:
            self._reach = max(hit.squared for hit in hits) / self._unit
        self._add(new)

    def _add(self, hits: Sequence[Hit]) -> None:
        stored = b"".join(hit.vector for hit in hits)
        vectors = self._form.from_bytes(stored).reshape(-1, self._form.dimension)
        distances = np.sqrt(((vectors.astype(np.float64) - self._exact) ** 2).sum(axis=1))
        found = [
            self._scope.neighbour(hit, number, distance, self._form)
            for hit, number, distance in zip(
                hits, self._scope.ids(hits), distances.tolist(), strict=True
            )
            if number is not None and number not in self._left_out and distance <= self._farthest
        ]
        self.nearest = sorted([*self.nearest, *found], key=_rank)[: self._k]


def _rank(found: Neighbour | DistantNeighbour) -> tuple[float, int]:
    return found.distance, found.id
