"""Unit vectors: their types, their bytes, and the check that a value is one. Imports numpy alone.

A vector is stored, and sent from the embedding worker, as float32 numbers in little-endian order.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
"""[dimension], unit length."""
Vectors: TypeAlias = NDArray[np.float32]
"""[n, dimension], each of unit length."""

NUMBER_BYTES = 4
"""Bytes of one number of a vector."""
TOLERANCE = 1e-3
"""By how much the squared length of a unit vector may differ from 1. Rounding differs far less."""


def to_bytes(vector: Vector) -> bytes:
    """The vector as it is stored."""
    return vector.astype("<f4").tobytes()


def from_bytes(stored: bytes) -> Vector:
    """The vector that `to_bytes` made these bytes of; read-only, without a copy. Raises ValueError
    if they are not a whole number of float32 numbers."""
    return np.frombuffer(stored, "<f4")


def is_unit_vector(stored: object, dimension: int) -> bool:
    """Whether these are the bytes of a unit vector of this dimension."""
    if type(stored) is not bytes or len(stored) != NUMBER_BYTES * dimension:
        return False
    numbers = from_bytes(stored).astype(np.float64)  # where damaged numbers do not overflow
    return abs(float(numbers @ numbers) - 1.0) < TOLERANCE


def to_unit_vector(numbers: NDArray[np.floating[Any]]) -> Vector:
    """The numbers [dimension], scaled to length 1. Raises ValueError if that is impossible: all
    are zero, or one is not finite."""
    exact = numbers.astype(np.float64)
    length = float(np.linalg.norm(exact))
    if not np.isfinite(length) or length == 0:
        raise ValueError("a vector must be finite and not zero")
    return (exact / length).astype(np.float32)
