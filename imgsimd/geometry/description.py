"""What was done to a picture, read from where it lies in the other one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from imgsimd.geometry.arrays import Matrix, Points, Size
from imgsimd.geometry.colour_check import GREY, chroma
from imgsimd.geometry.features import Features
from imgsimd.geometry.mapping import area, common, corners, linear, moved, resizing
from imgsimd.geometry.overlay import Overlay
from imgsimd.verification import Area, Corner, Corners, Row, Transform

_WHOLE = 0.97
"""Of each side of the stored picture; who sees so much sees all of it."""
_NEGLIGIBLE = 0.03
"""A border's share of the picture that is none."""
_COLOURED = 4.0
"""Mean distance of Cr and Cb from grey, of 128 steps, above which a picture is not grey."""


def describe(asked: Features, stored: Features, matrix: Matrix) -> Transform:
    """The matrix maps working pixels of the asked picture to those of the stored one."""
    whole = _of_originals(asked, stored, matrix)
    affine = linear(whole, *(side / 2 for side in asked.original))
    back = np.linalg.inv(affine[:, :2])
    mirrored = bool(np.linalg.det(back) < 0)
    turn = back @ np.diag([-1, 1]) if mirrored else back
    frame = moved(corners((0, 0, *asked.original)), whole)
    seen = common(frame, corners((0, 0, *stored.original)))
    scale = math.sqrt(abs(np.linalg.det(back)))
    turned = math.degrees(math.atan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1]))
    crop, bordered = _crop(seen, stored.original), _bordered(frame, seen)
    brighter = _brighter(asked, stored, matrix)
    grey = chroma(asked) < GREY and chroma(stored) > _COLOURED
    return Transform(
        matrix=(_row(affine[0]), _row(affine[1])),
        corners=_shares(frame, stored.original),
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


def _row(numbers: NDArray[np.float64]) -> Row:
    x, y, shift = map(float, numbers)
    return x, y, shift


def _shares(frame: Points, size: Size) -> Corners:
    """The corners of a picture in one of this size."""
    first, second, third, fourth = ((frame + 0.5) / np.array(size)).astype(float)
    return _corner(first), _corner(second), _corner(third), _corner(fourth)


def _corner(numbers: NDArray[np.float64]) -> Corner:
    x, y = map(float, numbers)
    return x, y


def _of_originals(asked: Features, stored: Features, matrix: Matrix) -> Matrix:
    """The matrix for pixels of the files."""
    return resizing(stored.size, stored.original) @ matrix @ resizing(asked.original, asked.size)


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


def _bordered(frame: Points, seen: Points) -> float:
    whole = area(frame)
    share = 1 - area(seen) / whole if whole else 0.0
    return min(1.0, share) if share > _NEGLIGIBLE else 0.0


def _brighter(asked: Features, stored: Features, matrix: Matrix) -> float:
    """Where both are, if anywhere."""
    overlay = Overlay.of(asked, stored, matrix)
    there, both = overlay.brought()
    if not both.any():
        return 0.0
    more = float((overlay.coarse.astype(np.float32) - there)[both > 0].mean()) / 255
    return -more if overlay.is_swapped else more
