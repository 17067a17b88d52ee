"""The picture inside a screenshot, a border, or above a caption."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.geometry.arrays import Box, Pixels, size_of

SIDE = 256
"""Pixels of the long side of the copy that is looked at."""
FLAT_SHARE = 0.5
"""So much of a row of a border has one colour; the rest may be words, buttons, a clock."""
NEAR = 12
"""Steps of 255 in each of red, green and blue that two pixels of one colour may differ by."""
DRIFT = 6
"""Steps by which a border's colour may change from its first row to its last. A sky changes more,
but gradually."""
LEAST_TRIMMED = 0.04
"""Of the picture: what is less is left."""
LEAST_LEFT = 0.08
"""Of the picture: what is less is no picture inside."""


def trimmed(pixels: Pixels) -> Pixels | None:
    """RGB without the bars of one colour at its edges, with what little is written on them; None
    if there are none, or next to nothing would be left. A view, not a copy."""
    left, top, right, bottom = box = inner(pixels)
    return None if box == (0, 0, *size_of(pixels)) else pixels[top:bottom, left:right]


def inner(pixels: Pixels) -> Box:
    """What `trimmed` leaves; if that is None, all of the picture."""
    width, height = size_of(pixels)
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.int16)
    top, bottom = _inside(small)
    left, right = _inside(small[top:bottom].swapaxes(0, 1)) if top < bottom else (0, 0)
    share = (bottom - top) * (right - left) / (size[0] * size[1])
    if not LEAST_LEFT <= share <= 1 - LEAST_TRIMMED:
        return 0, 0, width, height
    x, y = width / size[0], height / size[1]
    return round(left * x), round(top * y), round(right * x), round(bottom * y)


def _inside(small: NDArray[np.int16]) -> tuple[int, int]:
    """The first row that belongs to no bar, and the one behind the last such row."""
    colours = np.median(small, axis=1, keepdims=True)
    is_flat = (np.abs(small - colours) <= NEAR).all(2).mean(1) >= FLAT_SHARE
    above = _bars(colours[:, 0], is_flat)
    below = _bars(colours[::-1, 0], is_flat[::-1])
    return above, max(above, len(small) - below)


def _bars(colours: NDArray[np.float64], is_flat: NDArray[np.bool_]) -> int:
    """How many rows at the start are bars: each of one colour, and each ending with an edge."""
    start = 0
    for row in range(1, len(colours)):
        step = np.abs(colours[row] - colours[row - 1]).max()
        if not is_flat[row - 1]:
            return start
        if not is_flat[row] or step > DRIFT:
            start = row
        elif np.abs(colours[row] - colours[start]).max() > DRIFT:
            return start
    return len(colours)
