"""What was done to a picture, read from where it lies in the other one."""

from __future__ import annotations

import math

import cv2
import numpy as np

from imgsimd.geometry.alignment import Matrix, linear, moved, resizing
from imgsimd.geometry.features import Features, Points, Size
from imgsimd.verification import Area, Row, Transform

_WHOLE = 0.97
"""Of each side of the stored picture; who sees so much sees all of it."""
_NEGLIGIBLE = 0.03
"""A border's share of the picture that is none."""
_GREY = 2.0
"""Mean distance of Cr and Cb from grey, of 128 steps, below which a picture is grey."""
_COLOURED = 4.0
"""The same, above which it is not."""
_NEUTRAL = 128


def describe(asked: Features, stored: Features, matrix: Matrix) -> Transform:
    """The matrix maps working pixels of the asked picture to those of the stored one."""
    whole = _of_originals(asked, stored, matrix)
    affine = linear(whole, *(side / 2 for side in asked.original))
    back = np.linalg.inv(affine[:, :2])
    mirrored = bool(np.linalg.det(back) < 0)
    turn = back @ np.diag([-1, 1]) if mirrored else back
    corners = moved(_corners(asked.original), whole)
    seen = _cut(corners, stored.original)
    scale = math.sqrt(abs(np.linalg.det(back)))
    turned = math.degrees(math.atan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1]))
    crop, bordered = _crop(seen, stored.original), _bordered(corners, seen)
    brighter = _brighter(asked, stored)
    grey = _chroma(asked) < _GREY and _chroma(stored) > _COLOURED
    return Transform(
        matrix=(_row(affine[0]), _row(affine[1])),
        scale=scale,
        turned=turned,
        mirrored=mirrored,
        crop=crop,
        bordered=bordered,
        grey=grey,
        brighter=brighter,
        recompressed=asked.original == stored.original
        and asked.digest != stored.digest
        and crop is None
        and not bordered
        and not mirrored
        and not grey
        and abs(turned) < 1
        and abs(brighter) < 0.03,
    )


def _row(numbers: np.ndarray) -> Row:
    x, y, shift = map(float, numbers)
    return x, y, shift


def _of_originals(asked: Features, stored: Features, matrix: Matrix) -> Matrix:
    """The matrix for pixels of the files."""
    return resizing(stored.size, stored.original) @ matrix @ resizing(asked.original, asked.size)


def _corners(size: Size) -> Points:
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5


def _cut(corners: Points, size: Size) -> Points:
    """The part of the quadrilateral that lies in a picture of this size."""
    _, common = cv2.intersectConvexConvex(corners, _corners(size))
    return (
        np.zeros((0, 2), np.float32) if common is None else common.reshape(-1, 2).astype(np.float32)
    )


def _crop(seen: Points, size: Size) -> Area | None:
    """The box around what is seen of the stored picture."""
    if len(seen) == 0:
        return None
    shares = np.clip((seen + 0.5) / np.array(size), 0, 1).astype(np.float64)
    left, top = shares.min(0)
    width, height = shares.max(0) - shares.min(0)
    is_area = width > 0 and height > 0
    if not is_area or min(width, height) >= _WHOLE:
        return None
    return float(left), float(top), float(width), float(height)


def _bordered(corners: Points, seen: Points) -> float:
    whole = cv2.contourArea(corners)
    share = 1 - cv2.contourArea(seen) / whole if whole and len(seen) else 0.0
    return min(1.0, share) if share > _NEGLIGIBLE else 0.0


def _chroma(features: Features) -> float:
    return float(np.abs(features.colour.astype(np.float32) - _NEUTRAL).mean())


def _brighter(asked: Features, stored: Features) -> float:
    return float(asked.light.mean() - stored.light.mean()) / 255
