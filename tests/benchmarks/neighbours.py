"""What plain numpy says is nearest, and how often that is alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

K = 10


def nearest(vectors: NDArray[Any]) -> NDArray[np.int64]:
    """[n, K]: of each unit vector [n, dimension], the nearest others."""
    squared = 2 - 2 * vectors @ vectors.T
    np.fill_diagonal(squared, np.inf)
    return np.argsort(squared, axis=1, kind="stable")[:, :K].astype(np.int64, copy=False)


def precision(near: NDArray[np.int64], labels: NDArray[np.str_]) -> float:
    """The share of the nearest that have the query's label."""
    return float((labels[near] == labels[:, None]).mean())
