"""Decodes with OpenCV. Runs in the worker only: this is untrusted input.

OpenCV reads a picture's header first, and refuses what has more pixels than
OPENCV_IO_MAX_IMAGE_PIXELS, which the daemon sets. It is asked to leave pictures as they are stored:
`decode.py` turns them, whatever their format.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding import faults
from imgsimd.decoding import jpeg as jpeg_header
from imgsimd.decoding.picture import Bounds, Picture
from imgsimd.errors import BadPictureError

_SCALES = {8: 64, 4: 32, 2: 16}
"""libjpeg's scales, and OpenCV's IMREAD_REDUCED_* flags without their bits for colour."""
LARGEST_REDUCED = 1_000_000_000
"""Pixels of a JPEG before it is reduced, for OpenCV counts them afterwards. Cameras have up to 200
million; 60,000 x 60,000 would keep a core busy for a minute."""


def rgb(content: bytes, bounds: Bounds) -> Picture:
    """The whole picture. Raises BadPictureError."""
    return Picture(_decoded(content, cv2.IMREAD_COLOR_RGB))


def bgr(content: bytes, bounds: Bounds) -> Picture:
    """As `rgb`, for formats of which OpenCV 5.0 gives BGR even if it is asked for RGB: PAM, and
    AVIF with transparency. To ask for BGR always would cost JPEGs a quarter more time (measured).
    """
    picture = cv2.cvtColor(_decoded(content, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return Picture(picture.astype(np.uint8, copy=False))


def tiff(content: bytes, bounds: Bounds) -> Picture:
    """As `rgb`; OpenCV 5.0 turns a TIFF though it is asked not to."""
    return Picture(_decoded(content, cv2.IMREAD_COLOR_RGB), orientation=1)


def jpeg(content: bytes, bounds: Bounds) -> Picture:
    """The picture at the smallest scale that leaves enough pixels.

    A JPEG that is cut off is refused: libjpeg would make up the rest. Raises BadPictureError.
    """
    if jpeg_header.lacks_end(content):
        raise faults.cut_off()
    return Picture(_decoded(content, cv2.IMREAD_COLOR_RGB | _reduction(content, bounds)))


def _reduction(content: bytes, bounds: Bounds) -> int:
    """The flag of the smallest scale that leaves enough; 0 for full size."""
    height, width = jpeg_header.shape(content)
    if height * width > LARGEST_REDUCED:
        raise faults.too_many_pixels(width, height, LARGEST_REDUCED)
    least = bounds.least
    fitting = (scale for scale in _SCALES if least and min(height, width) // scale >= least)
    scale = next(fitting, 1)
    bounds.check(width // scale, height // scale)
    return _SCALES.get(scale, 0)


def _decoded(content: bytes, flags: int) -> NDArray[np.uint8]:
    try:
        picture = cv2.imdecode(
            np.frombuffer(content, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error as error:
        raise fault(error, content) from error
    if picture is None:
        raise faults.damaged(content)
    return picture.astype(np.uint8, copy=False)


def fault(error: cv2.error, content: bytes) -> BadPictureError:
    """Why OpenCV gave no picture of this content, for users."""
    if "Insufficient memory" in str(error) or "bad_alloc" in str(error):
        return faults.too_much_memory()
    return faults.damaged(content)
