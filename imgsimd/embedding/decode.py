"""Bytes of a picture file become pixels. Runs in the worker only: this is untrusted input.

Every picture becomes 8-bit RGB, upright as its EXIF orientation says: grey, palette and CMYK are
converted, 16-bit is scaled down, transparency is dropped, of an animation the first frame is taken.
What a file is, its content decides, not its name.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.errors import BadPictureError

Pixels: TypeAlias = NDArray[np.uint8]
"""RGB, [height, width, 3]."""

THUMBNAIL_QUALITY = 85


def pixels(content: bytes) -> Pixels:
    """The whole picture. Raises BadPictureError that says why there is none."""
    if not content:
        raise BadPictureError("the file is empty")
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error as error:
        raise BadPictureError(_reason(error)) from error
    if picture is None:
        raise BadPictureError("not a picture in a format that can be read, or damaged")
    return picture.astype(np.uint8, copy=False)


def square(picture: Pixels, size: int, resize: Literal["area", "linear"]) -> Pixels:
    """The whole picture squeezed to [size, size, 3], no crop.

    "area" averages when it shrinks (INTER_AREA) and is cubic when the short side is smaller than
    `size`; "linear" is OpenCV's default for both.
    """
    if resize == "linear":
        how = cv2.INTER_LINEAR
    elif min(picture.shape[:2]) >= size:
        how = cv2.INTER_AREA
    else:
        how = cv2.INTER_CUBIC
    return cv2.resize(picture, (size, size), interpolation=how).astype(np.uint8, copy=False)


def thumbnail(content: bytes, longest: int) -> bytes:
    """A JPEG of the picture, its long side at most `longest` pixels. Raises BadPictureError."""
    picture = pixels(content)
    height, width = picture.shape[:2]
    scale = min(1.0, longest / max(height, width))
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY])
    return jpeg.tobytes()


def _reason(error: cv2.error) -> str:
    text = str(error)
    if "CV_IO_MAX_IMAGE" in text or "pixels" in text:
        return "it has more pixels than `max_pixels` under [worker] in the configuration allows"
    if "Insufficient memory" in text:
        return "decoding it needs more memory than the worker may use"
    return "not a picture in a format that can be read, or damaged"
