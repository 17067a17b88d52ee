"""Matrices that map the pixels of one picture to those of another."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.geometry.arrays import Box, Matrix, Points, Size

_FLAT = 1e-9
"""The determinant of a matrix that has no inverse."""


def moved(points: NDArray[np.floating[Any]], matrix: Matrix) -> Points:
    """[n, 2] points, where the matrix puts them."""
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return (homogeneous[:, :2] / homogeneous[:, 2:]).astype(np.float32)


def flip(width: int) -> Matrix:
    """Exchanges left and right."""
    return np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)


def resizing(size: Size, new: Size) -> Matrix:
    """From pixels of a picture to those of the same picture in another size."""
    x, y = (after / before for before, after in zip(size, new, strict=True))
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def inverse(matrix: Matrix) -> Matrix:
    """The way back. Raises numpy.linalg.LinAlgError if there is none."""
    return np.linalg.inv(matrix).astype(np.float64, copy=False)


def linear(matrix: Matrix, x: float, y: float) -> Matrix:
    """[2, 3]: the affine map that is nearest around this point."""
    (first, second, third), point = matrix, np.array([x, y, 1])
    weight = third @ point
    at = np.array([first @ point, second @ point]) / weight
    turn = (matrix[:2, :2] - np.outer(at, third[:2])) / weight
    return np.column_stack([turn, at - turn @ point[:2]])


def is_proper(matrix: Matrix, size: Size) -> bool:
    """Whether all of a picture of this size is mapped, and not onto a line: it lies in front of the
    camera."""
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < _FLAT:
        return False
    weights = np.column_stack([corners((0, 0, *size)), np.ones(4)]) @ matrix[2]
    return bool((weights > 0).all())


def slope(matrix: Matrix, size: Size) -> float:
    """How many pixels one pixel in the middle of a picture of this size becomes, on a side."""
    return float(np.sqrt(abs(np.linalg.det(linear(matrix, size[0] / 2, size[1] / 2)[:, :2]))))


def corners(box: Box) -> Points:
    """[4, 2]: around the box."""
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32) - 0.5


def common(one: Points, other: Points) -> Points:
    """[n, 2]: the outline of what two convex outlines have in common; empty if nothing."""
    _, both = cv2.intersectConvexConvex(one, other)
    return np.zeros((0, 2), np.float32) if both is None else both.reshape(-1, 2).astype(np.float32)


def area(outline: Points) -> float:
    return float(cv2.contourArea(outline)) if len(outline) else 0.0
