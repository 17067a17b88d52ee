"""Shows transparent pictures on white, as browsers, file managers and printers do."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding.picture import Pixels

_ROWS = 256
"""Rows at once: what is needed besides the picture itself is small then."""


def on_white(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> Pixels:
    """RGB [h, w, 3] with this alpha [h, w] (0: transparent) on a white ground, as RGB. Changes the
    pixels in their place where that can be done."""
    pixels = np.require(pixels, requirements=["C", "W"])
    if alpha.min() == 255:
        return pixels
    for top in range(0, len(pixels), _ROWS):
        rows = pixels[top : top + _ROWS]
        weight = cv2.merge([alpha[top : top + _ROWS]] * 3)
        shown = cv2.multiply(rows, weight, scale=1 / 255)
        cv2.add(shown, cv2.bitwise_not(weight), dst=rows)
    return pixels
