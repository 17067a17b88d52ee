"""Where one picture lies in another, from points that look the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from imgsimd.geometry import matching
from imgsimd.geometry.features import Features, Points, Size

Matrix: TypeAlias = NDArray[np.float64]
"""[3, 3]: maps x, y, 1 of one picture to those of another, up to a factor."""

FEWEST = 6
"""So many points must agree, or there is no alignment."""
TOLERANCE = 4.0
"""Pixels of the other picture by which a point may be off."""
MOST_SCALE = 32.0
"""One picture may be so many times larger than the other one."""
_CONFIDENCE = 0.999
_TRIES = 2000
_SEED = 15


@dataclass(frozen=True, slots=True)
class Alignment:
    """How to get from the one's working pixels to the other's."""

    matrix: Matrix
    inliers: int
    """Pairs of points that it brings together."""
    pairs: int
    """Pairs of points that look the same."""
    is_mirrored: bool


def align(one: Features, other: Features) -> Alignment | None:
    """The best of the two, mirrored and not; None if too few points agree. The same every time."""
    straight = _align(one, other, is_mirrored=False)
    if straight is not None and straight.inliers >= 3 * FEWEST:
        return straight
    mirrored = _align(one, other, is_mirrored=True)
    found = [alignment for alignment in (straight, mirrored) if alignment is not None]
    return max(found, key=lambda alignment: alignment.inliers, default=None)


def _align(one: Features, other: Features, is_mirrored: bool) -> Alignment | None:
    here, there = matching.pairs(one, other, is_mirrored)
    if len(here) < FEWEST:
        return None
    flip = _flip(one.size[0]) if is_mirrored else np.eye(3)
    here = moved(here, flip)
    cv2.setRNGSeed(_SEED)
    matrix, chosen = cv2.estimateAffinePartial2D(
        here,
        there,
        method=cv2.RANSAC,
        ransacReprojThreshold=TOLERANCE,
        maxIters=_TRIES,
        confidence=_CONFIDENCE,
    )
    if matrix is None or not _is_sensible(matrix) or chosen.sum() < FEWEST:
        return None
    whole = np.vstack([matrix, [0, 0, 1]])
    return Alignment(whole @ flip, int(chosen.sum()), len(here), is_mirrored)


def _is_sensible(matrix: MatLike) -> bool:
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    return bool(1 / MOST_SCALE < scale < MOST_SCALE)


def _flip(width: int) -> Matrix:
    """Exchanges left and right."""
    return np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)


def moved(points: NDArray[np.floating[Any]], matrix: Matrix) -> Points:
    """[n, 2] points, where the matrix puts them."""
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return (homogeneous[:, :2] / homogeneous[:, 2:]).astype(np.float32)


def resizing(size: Size, new: Size) -> Matrix:
    """From pixels of a picture to those of the same picture in another size."""
    x, y = (after / before for before, after in zip(size, new, strict=True))
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def linear(matrix: Matrix, x: float, y: float) -> Matrix:
    """[2, 3]: the affine map that is nearest around this point."""
    (first, second, third), point = matrix, np.array([x, y, 1])
    weight = third @ point
    at = np.array([first @ point, second @ point]) / weight
    turn = (matrix[:2, :2] - np.outer(at, third[:2])) / weight
    return np.column_stack([turn, at - turn @ point[:2]])


def slope(matrix: Matrix, size: Size) -> float:
    """How many pixels one pixel in the middle of a picture of this size becomes, on a side."""
    return float(np.sqrt(abs(np.linalg.det(linear(matrix, size[0] / 2, size[1] / 2)[:, :2]))))


def inverse(matrix: Matrix) -> Matrix:
    """The way back. An alignment has one."""
    return np.linalg.inv(matrix).astype(np.float64, copy=False)
