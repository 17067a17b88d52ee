"""Where one picture may lie in another: from points that look the same, and from their frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike

from imgsimd.geometry import matching
from imgsimd.geometry.arrays import Matrix, Plane, Values, as_values
from imgsimd.geometry.features import Features
from imgsimd.geometry.mapping import flip, moved, resizing

FEWEST = 5
"""So many points must agree, or there is no alignment: two fit always, a third often."""
TOLERANCE = 4.0
"""Pixels of the other working picture by which a point may be off, so that perspective passes."""
MOST_SCALE = 32.0
"""One picture may be so many times larger than the other one."""
THUMBNAIL = 16
"""Pixels of each side of the squares that are compared where points do not tell."""
ALIKE = 0.9
"""The correlation of two such squares from which on their frames may be the same."""
_CONFIDENCE = 0.999
_TRIES = 1000
_SEED = 15


@dataclass(frozen=True, slots=True)
class Alignment:
    """How to get from the one's working pixels to the other's; to be proved."""

    matrix: Matrix
    inliers: int = 0
    """Pairs of points that it brings together."""


def alignments(one: Features, other: Features) -> Iterator[Alignment]:
    """The likeliest first: by points, by the points of the mirrored picture, and frame on frame.
    The same every time."""
    for mirrored in (False, True):
        found = _by_points(one, other, mirrored)
        if found is not None:
            yield found
    frames = _by_frames(one, other)
    if frames is not None:
        yield frames


def _by_points(one: Features, other: Features, mirrored: bool) -> Alignment | None:
    here, there = matching.pairs(one, other, mirrored)
    if len(here) < FEWEST:
        return None
    before = flip(one.size[0]) if mirrored else np.eye(3)
    cv2.setRNGSeed(_SEED)
    matrix, chosen = cv2.estimateAffinePartial2D(
        moved(here, before),
        there,
        method=cv2.RANSAC,
        ransacReprojThreshold=TOLERANCE,
        maxIters=_TRIES,
        confidence=_CONFIDENCE,
    )
    if matrix is None or not _is_sensible(matrix) or chosen.sum() < FEWEST:
        return None
    return Alignment(np.vstack([matrix, [0, 0, 1]]) @ before, int(chosen.sum()))


def _is_sensible(matrix: MatLike) -> bool:
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    return bool(1 / MOST_SCALE < scale < MOST_SCALE)


def _by_frames(one: Features, other: Features) -> Alignment | None:
    """Frame on frame, turned by quarters and mirrored, as the pictures in small agree best."""
    here, there = _square(one.light), _square(other.light)
    ways = [(quarters, mirrored) for mirrored in (False, True) for quarters in range(4)]
    likeness = [float((_turned(here, *way) * there).sum()) for way in ways]
    best = int(np.argmax(likeness))
    if likeness[best] < ALIKE:
        return None
    unit = (THUMBNAIL, THUMBNAIL)
    turn = _turn(*ways[best])
    return Alignment(resizing(unit, other.size) @ turn @ resizing(one.size, unit))


def _square(light: Plane) -> Values:
    """The picture in very small, with a mean of 0 and unit length; all 0 where it is flat."""
    small = as_values(cv2.resize(light, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA))
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1.0)


def _turned(square: Values, quarters: int, mirrored: bool) -> Values:
    """Mirrored, and then turned counterclockwise."""
    return np.rot90(square[:, ::-1] if mirrored else square, quarters)


def _turn(quarters: int, mirrored: bool) -> Matrix:
    """What `_turned` does to the place of a pixel."""
    last = THUMBNAIL - 1
    quarter = np.array([[0, 1, 0], [-1, 0, last], [0, 0, 1]], np.float64)
    turn = np.linalg.matrix_power(quarter, quarters)
    return turn @ flip(THUMBNAIL) if mirrored else turn
