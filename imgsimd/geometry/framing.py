"""How two pictures' frames lie to each other, which tells a copy from another photo of the scene.

Who copies keeps to frames: a crop lies in the photo, a photo lies in its border, edges stay
parallel. A camera that is moved shows more on one side and less on the other, at an angle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from imgsimd.geometry.arrays import Box, Matrix, Points, Size
from imgsimd.geometry.features import Features
from imgsimd.geometry.mapping import area, common, corners, inverse, linear, moved, slope

MOST_OF_INNER = 0.9
"""So much of a picture without its border is all of it."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How they lie to each other."""

    overhang: float
    """By how many pixels the one that lies in the other sticks out of it; of the two ways the
    better one. The coarser of the two working pictures' pixels count."""
    apart: float
    """Of the middles of both frames, as a share of the other's longer side."""
    tilt: float
    """Degrees from the nearest quarter turn, 0 to 45."""
    skew: float
    """By how much the shape of the frame changes: how far a corner is from where turning, mirroring
    and scaling alone would put it, as a share of its distance from the middle."""
    shared: float
    """The share that the overlap has of the picture that has more outside of it."""

    @classmethod
    def of(cls, one: Features, other: Features, matrix: Matrix, inner: bool = False) -> Framing:
        """The matrix maps working pixels of the one to those of the other. `inner`: borders do not
        count."""
        back = inverse(matrix)
        frame, other_frame = corners(_whole(one.size)), corners(_whole(other.size))
        middle = moved(frame, matrix).mean(0) - other_frame.mean(0)
        both = common(moved(frame, matrix), other_frame)
        smaller = min(area(both) / area(other_frame), area(moved(both, back)) / area(frame))
        return cls(
            min(_overhang(one, other, matrix, inner), _overhang(other, one, back, inner)),
            float(np.abs(middle).max()) / max(other.size),
            _tilt(linear(matrix, one.size[0] / 2, one.size[1] / 2)[:, :2]),
            _skew(frame, moved(frame, matrix)),
            smaller,
        )


def _whole(size: Size) -> Box:
    return 0, 0, *size


def _overhang(small: Features, large: Features, matrix: Matrix, inner: bool) -> float:
    """The matrix maps pixels of the small one to those of the large one. A border around the small
    one does not count where the large one shows more; else it is the plain background of both."""
    inside = moved(corners(small.inner), matrix)
    if not inner or area(inside) > MOST_OF_INNER * area(corners(large.inner)):
        inside = moved(corners(_whole(small.size)), matrix)
    low, high = corners(_whole(large.size))[[0, 2]]
    beyond = float(np.maximum(low - inside, inside - high).max())
    return max(0.0, beyond) / max(1.0, slope(matrix, small.size))


def _tilt(turn: Matrix) -> float:
    """Of a matrix [2, 2]."""
    if np.linalg.det(turn) < 0:
        turn = turn @ np.diag([-1, 1])
    degrees = math.degrees(math.atan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1]))
    return abs((degrees + 45) % 90 - 45)


def _skew(before: Points, after: Points) -> float:
    """As complex numbers: turning and scaling is one factor, mirroring the conjugate."""
    start, end = ((points - points.mean(0)) @ np.array([1, 1j]) for points in (before, after))
    ways = [start, start.conj()]
    rest = [np.abs(end - way * (np.vdot(way, end) / np.vdot(way, way))).max() for way in ways]
    return float(min(rest) / max(np.abs(end).max(), 1e-9))
