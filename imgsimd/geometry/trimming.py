"""The picture inside a screenshot, a border, or above a caption."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.geometry.features import Pixels

SIDE = 256
"""Pixels of the long side of the copy that is looked at."""
FLAT_SHARE = 0.5
"""A row or column of which so much has one colour is no part of a photo: a border, a bar, words.
"""
NEAR = 12
"""Steps of 255 in each of red, green and blue that two pixels of one colour may differ by."""
LEAST_TRIMMED = 0.04
"""Of the picture: what is less is left."""
LEAST_LEFT = 0.08
"""Of the picture: what is less is no picture inside."""


def trimmed(pixels: Pixels) -> Pixels | None:
    """RGB without the rows and columns at its edges that have one colour, or nearly; None if that
    is next to nothing, or would leave next to nothing. A view, not a copy."""
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.int16)
    top, bottom = _inside(small)
    if bottom - top < 2:
        return None
    left, right = _inside(small[top:bottom].swapaxes(0, 1))
    share = (bottom - top) * (right - left) / (size[0] * size[1])
    if not LEAST_LEFT <= share <= 1 - LEAST_TRIMMED:
        return None
    rows = slice(round(top * height / size[1]), round(bottom * height / size[1]))
    columns = slice(round(left * width / size[0]), round(right * width / size[0]))
    return pixels[rows, columns]


def _inside(small: NDArray[np.int16]) -> tuple[int, int]:
    """The first row that is not flat, and the one behind the last such row."""
    middle = np.median(small, axis=1, keepdims=True)
    is_near = (np.abs(small - middle) <= NEAR).all(2)
    rich = np.flatnonzero(is_near.mean(1) < FLAT_SHARE)
    return (int(rich[0]), int(rich[-1]) + 1) if len(rich) else (0, 0)
