"""Which vectors of two sets are near each other, by means of FAISS.

It takes plain arrays, so it does for the vectors of any store. The vectors are multiplied in one
go, which costs a fiftieth of asking a store for the neighbours of each.
"""

from __future__ import annotations

from typing import NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from imgsimd.vectors import Vectors


class Nearby(NamedTuple):
    """Pairs, in no particular order: [n] each."""

    row: NDArray[np.int64]
    """Which of the first vectors, from 0."""
    column: NDArray[np.int64]
    """Which of the second ones."""
    distance: NDArray[np.float32]
    """L2. Computed in float32: it may be wrong by 2e-3 where it is near 0, else by 1e-6."""


def nearby(rows: Vectors, columns: Vectors, max_distance: float) -> Nearby:
    """The pairs of unit vectors that are at most so far from each other. Those that were stored as
    int8 are scaled to unit length: as they are, they may be farther or nearer by 1e-3. Runs on the
    calling thread, and on no other."""
    faiss.omp_set_num_threads(1)  # of this thread: others may search meanwhile
    index = faiss.IndexFlatIP(columns.shape[1])
    index.add(_at_length_1(columns))
    # FAISS's limit is exclusive.
    least = np.nextafter(np.float32(1 - max_distance**2 / 2), np.float32(-2))
    ends, products, places = index.range_search(_at_length_1(rows), float(least))
    counts = np.diff(ends.astype(np.int64))
    distance = np.sqrt(np.maximum(0, 2 - 2 * products)).astype(np.float32)
    return Nearby(np.repeat(np.arange(len(rows)), counts), places, distance)


def _at_length_1(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / lengths)
