"""Which points of two pictures look the same."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.geometry.arrays import Descriptors, Points
from imgsimd.geometry.features import Features

RATIO = 0.8
"""The nearest descriptor must be so many times nearer than the second (Lowe 2004)."""

_CELLS, _DIRECTIONS = 4, 8


def _mirrored_order() -> NDArray[np.int64]:
    """The order of SIFT's numbers in the mirrored picture: it has 4 x 4 cells of 8 directions,
    aligned with the gradient at the point; to mirror exchanges left and right of that line."""
    order = np.arange(_CELLS * _CELLS * _DIRECTIONS).reshape(_CELLS, _CELLS, _DIRECTIONS)
    directions = -np.arange(_DIRECTIONS) % _DIRECTIONS
    return order[::-1, :, directions].reshape(-1)


_MIRRORED = _mirrored_order()


def pairs(one: Features, other: Features, mirrored: bool) -> tuple[Points, Points]:
    """[n, 2] points of the one and [n, 2] points of the other that look the same, the surest
    first; `mirrored`: where the one has left and right exchanged."""
    if len(one.points) < 2 or len(other.points) < 2:
        return one.points[:0], other.points[:0]
    descriptors = one.descriptors[:, _MIRRORED] if mirrored else one.descriptors
    cosines = cv2.gemm(
        _root(descriptors), _root(other.descriptors), 1, np.empty(0), 0, flags=cv2.GEMM_2_T
    )
    apart = np.sqrt(np.maximum(0, 2 - 2 * cosines))
    first, second = np.partition(apart, 1, axis=1)[:, :2].T
    nearest = apart.argmin(1)
    is_mutual = apart.argmin(0)[nearest] == np.arange(len(apart))
    ratio = first / np.maximum(second, 1e-9)
    chosen = np.flatnonzero((ratio < RATIO) & is_mutual)
    chosen = chosen[np.argsort(ratio[chosen], kind="stable")]
    return one.points[chosen], other.points[nearest[chosen]]


def _root(descriptors: Descriptors) -> NDArray[np.float32]:
    """RootSIFT (Arandjelović and Zisserman 2012): unit vectors, whose cosine compares histograms
    better than that of SIFT's own."""
    numbers = descriptors.astype(np.float32)
    unit: NDArray[np.float32] = np.sqrt(numbers / np.maximum(numbers.sum(1, keepdims=True), 1))
    return unit
