"""Unit vectors: their types, the bytes in which they are stored, and the check that bytes are one.
Imports numpy alone.

A vector is stored, and sent from the embedding worker, as float32 numbers in little-endian order,
or as int8 codes, which take a quarter: see `VectorForm`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
"""[dimension], unit length; that of a vector which was stored as int8 differs by a thousandth."""
Vectors: TypeAlias = NDArray[np.float32]
"""[n, dimension], each of unit length."""
StoredAs: TypeAlias = Literal["float32", "int8"]
"""How each number of a vector is stored."""

NUMBER_BYTES = {"float32": 4, "int8": 1}
"""Bytes of one number."""
SQUARED_LENGTHS = {"float32": (0.999, 1.001), "int8": (0.5, 1.04)}
"""The least and the greatest squared length of a stored unit vector. Rounding to float32 changes it
far less. Rounding to int8 moves each number by at most half a code, and so the length by at most
0.02, mostly by less than 0.001. Where numbers were clipped, it is shorter."""
LARGEST_CODE = 127
CODED_DEVIATIONS = 5.0
"""The largest number that int8 can store, in standard deviations of a number. Those of a unit
vector in a random direction are normally distributed: one in two million is larger, and is clipped.
(Of 3,604 photos, rounding moves a vector by 0.011, and finds as many of the right kind as float32,
and as a scale for each vector by its largest number. Without a rotation, one in eight vectors of
the first built-in model is clipped, which costs a thousandth of the mean average precision.)"""


@dataclass(frozen=True, slots=True)
class VectorForm:
    """How the vectors of a model are stored.

    As int8, a number x is the code round(x * scale), at most 127 to each side, and what the code
    stands for is code / scale. All vectors of a dimension have one scale, so that their distances
    are those of their codes, but for the scale. A model that is stored so has to give numbers that
    are alike, as after a random rotation: see `CODED_DEVIATIONS`.
    """

    dimension: int
    stored_as: StoredAs = "float32"

    def __str__(self) -> str:
        return f"{self.dimension:,} numbers stored as {self.stored_as}"

    @property
    def size(self) -> int:
        """Bytes of one vector."""
        return NUMBER_BYTES[self.stored_as] * self.dimension

    @property
    def scale(self) -> float:
        """Codes of a number that is 1."""
        return LARGEST_CODE * math.sqrt(self.dimension) / CODED_DEVIATIONS

    def to_bytes(self, vector: Vector | Vectors) -> bytes:
        """The vector as it is stored, or several, one after the other. Raises ValueError if a
        number to be stored as int8 is not finite."""
        if self.stored_as == "float32":
            return vector.astype("<f4").tobytes()
        if not np.isfinite(vector).all():
            raise ValueError("a number of a vector is not finite")
        codes = np.rint(vector.astype(np.float64) * self.scale)
        return np.clip(codes, -LARGEST_CODE, LARGEST_CODE).astype(np.int8).tobytes()

    def from_bytes(self, stored: bytes) -> Vector:
        """The numbers that these bytes stand for, those of one vector or of several; read-only, and
        without a copy if they are stored as float32. `to_bytes` makes the same bytes of them.
        Raises ValueError if they are not a whole number of numbers."""
        if self.stored_as == "float32":
            return np.frombuffer(stored, "<f4")
        return self.from_codes(np.frombuffer(stored, np.int8))

    def from_codes(self, codes: NDArray[np.int8] | NDArray[np.float32]) -> NDArray[np.float32]:
        """What int8 codes [...] stand for."""
        return codes.astype(np.float32) / np.float32(self.scale)

    def rounded(self, vector: Vector) -> Vector:
        """The vector that is found if this one is stored."""
        return self.from_bytes(self.to_bytes(vector))

    def is_vector(self, stored: object) -> bool:
        """Whether these are the bytes of a unit vector in this form."""
        if type(stored) is not bytes or len(stored) != self.size:
            return False
        return bool(self.are_vectors(self.from_bytes(stored)[None])[0])

    def are_vectors(self, numbers: Vectors) -> NDArray[np.bool_]:
        """Whether each of these can be a unit vector that was stored in this form, [n]."""
        exact = numbers.astype(np.float64)  # where damaged numbers do not overflow
        with np.errstate(invalid="ignore"):  # of what is not finite
            lengths = np.einsum("ij,ij->i", exact, exact)
        least, most = SQUARED_LENGTHS[self.stored_as]
        is_near: NDArray[np.bool_] = (lengths > least) & (lengths < most)
        if self.stored_as == "int8":  # the code -128 is never written
            is_near &= numbers.min(axis=1) * self.scale > -LARGEST_CODE - 0.5
        return is_near


def to_unit_vector(numbers: NDArray[np.floating[Any]]) -> Vector:
    """The numbers [dimension], scaled to length 1. Raises ValueError if that is impossible: all
    are zero, or one is not finite."""
    exact = numbers.astype(np.float64)
    length = float(np.linalg.norm(exact))
    if not np.isfinite(length) or length == 0:
        raise ValueError("a vector must be finite and not zero")
    return (exact / length).astype(np.float32)
