"""Shows transparent pictures on white, as browsers, file managers and printers do."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding.picture import Pixels


def on_white(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> Pixels:
    """RGB [h, w, 3] with this alpha [h, w] (0: transparent) on a white ground, as RGB."""
    if alpha.min() == 255:
        return pixels
    weight = cv2.merge([alpha, alpha, alpha])
    shown = cv2.multiply(pixels, weight, scale=1 / 255)
    return cv2.add(shown, cv2.bitwise_not(weight)).astype(np.uint8, copy=False)
