"""Turns pictures upright."""

from __future__ import annotations

import cv2
import numpy as np

from imgsimd.decoding.picture import Pixels

SIDEWAYS = {5, 6, 7, 8}
"""Orientations in which width and height change places."""
_FLIPS = {2: 1, 3: -1, 4: 0}
"""OpenCV's codes: around the vertical axis, around both, around the horizontal one."""
_TURNS = {6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """The upright picture; `orientation` is EXIF's number (CIPA DC-008, tag 274)."""
    if orientation in _FLIPS:
        upright = cv2.flip(pixels, _FLIPS[orientation])
    elif orientation in _TURNS:
        upright = cv2.rotate(pixels, _TURNS[orientation])
    elif orientation == 5:
        upright = cv2.transpose(pixels)
    elif orientation == 7:
        upright = cv2.flip(cv2.transpose(pixels), -1)
    else:
        return pixels
    return upright.astype(np.uint8, copy=False)
