"""Decodes with OpenCV. Runs in the worker only: this is untrusted input.

OpenCV reads a picture's header first, and refuses what has more pixels than
OPENCV_IO_MAX_IMAGE_PIXELS, which the daemon sets. It turns pictures as their EXIF orientation says.
"""

from __future__ import annotations

import cv2
import numpy as np

from imgsimd.decoding import faults
from imgsimd.decoding import jpeg as jpeg_header
from imgsimd.decoding.decode import Pixels
from imgsimd.errors import BadPictureError

_SCALES = {8: 64, 4: 32, 2: 16}
"""libjpeg's scales, and OpenCV's IMREAD_REDUCED_* flags without their bits for colour."""
LARGEST_REDUCED = 1_000_000_000
"""Pixels of a JPEG before it is reduced, for OpenCV counts them afterwards. Cameras have up to 200
million; 60,000 x 60,000 would keep a core busy for a minute."""


def rgb(content: bytes, least: int | None = None) -> Pixels:
    """The whole picture; `least` does not matter. Raises BadPictureError."""
    return _decoded(content, cv2.IMREAD_COLOR_RGB)


def bgr(content: bytes, least: int | None = None) -> Pixels:
    """As `rgb`, for formats of which OpenCV 5.0 gives BGR even if it is asked for RGB: PAM, and
    AVIF with transparency. To ask for BGR always would cost JPEGs a quarter more time (measured).
    """
    picture = cv2.cvtColor(_decoded(content, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return picture.astype(np.uint8, copy=False)


def jpeg(content: bytes, least: int | None = None) -> Pixels:
    """The picture at the smallest scale at which its short side keeps `least` pixels; None: whole.

    A JPEG that is cut off is refused: libjpeg would make up the rest. Raises BadPictureError.
    """
    if jpeg_header.lacks_end(content):
        raise BadPictureError(faults.CUT_OFF)
    reduction = _reduction(content, least) if least else 0
    return _decoded(content, cv2.IMREAD_COLOR_RGB | reduction)


def _reduction(content: bytes, least: int) -> int:
    """The flag of the smallest scale that leaves enough; 0 for full size."""
    height, width = jpeg_header.shape(content)
    if height * width > LARGEST_REDUCED:
        raise BadPictureError(faults.TOO_MANY_PIXELS)
    short = min(height, width)
    return next((flag for scale, flag in _SCALES.items() if short // scale >= least), 0)


def _decoded(content: bytes, flags: int) -> Pixels:
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error as error:
        raise BadPictureError(reason(error, content)) from error
    if picture is None:
        raise BadPictureError(faults.damage(content))
    return picture.astype(np.uint8, copy=False)


def reason(error: cv2.error, content: bytes) -> str:
    """Why OpenCV gave no picture of this content, for users."""
    text = str(error)
    if "CV_IO_MAX_IMAGE" in text:
        return faults.TOO_MANY_PIXELS
    if "Insufficient memory" in text or "bad_alloc" in text:
        return faults.TOO_MUCH_MEMORY
    return faults.damage(content)
