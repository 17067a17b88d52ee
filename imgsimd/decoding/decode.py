"""Bytes of a picture file become pixels. Runs in the worker only: this is untrusted input.

Every picture becomes 8-bit RGB, upright as its EXIF orientation says: grey, palette and CMYK are
converted, 16-bit is scaled down, transparency is dropped, of an animation the first frame is taken.
What a file is, its content decides, not its name. OpenCV reads a header first and refuses what has
too many pixels (OPENCV_IO_MAX_IMAGE_PIXELS); a file that ends too early is refused, too.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding import content_type, jpeg
from imgsimd.errors import BadPictureError

Pixels: TypeAlias = NDArray[np.uint8]
"""RGB, [height, width, 3]."""

TOO_MANY_PIXELS = "it has more pixels than `max_pixels` under [worker] in the configuration allows"
TOO_MUCH_MEMORY = "decoding it takes more memory than the worker may use"
THUMBNAIL_QUALITIES = (85, 60, 30, 10)
"""The best one is taken whose file fits into a message; even 1024 x 1024 of noise does with 10."""
FINENESS = 2
"""A JPEG may be decoded at reduced scale while its short side stays this many times the square's.

Measured with the built-in model against full decoding, on 72 JPEGs of 1, 3 and 12 megapixels (means
of six of a kind): at 2 and above the cosine is .996 to .998 whatever the scale, which is as near as
8-bit rounding lets two resamplings come; at 1.7 it is .992 to .996, at 1.1 .982 to .993.
"""
_SCALES = {8: 64, 4: 32, 2: 16}
"""libjpeg's scales, and OpenCV's IMREAD_REDUCED_* flags without their bits for colour."""
LARGEST_REDUCED = 1_000_000_000
"""Pixels of a JPEG before it is reduced, for OpenCV counts them afterwards. Cameras have up to 200
million; 60,000 x 60,000 would keep a core busy for a minute."""


def pixels(content: bytes, least: int | None = None) -> Pixels:
    """The whole picture; of a JPEG, if `least` is given, a smaller one that is quicker to decode.

    Its short side keeps at least so many pixels. Raises BadPictureError that says why there is
    none.
    """
    if not content:
        raise BadPictureError("the file is empty")
    if jpeg.lacks_end(content):
        raise BadPictureError(content_type.CUT_OFF)
    reduction = _reduction(content, least) if least else 0
    if not _comes_as_bgr(content):
        return _decoded(content, cv2.IMREAD_COLOR_RGB | reduction)
    picture = cv2.cvtColor(_decoded(content, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return picture.astype(np.uint8, copy=False)


def _comes_as_bgr(content: bytes) -> bool:
    """OpenCV 5.0 gives BGR for PAM, and for AVIF with transparency, even if it is asked for RGB; to
    ask for BGR always would cost JPEGs a quarter more time (measured)."""
    return content.startswith(b"P7") or content[4:8] == b"ftyp"


def _decoded(content: bytes, flags: int) -> Pixels:
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error as error:
        raise BadPictureError(_reason(error, content)) from error
    except MemoryError as error:
        raise BadPictureError(TOO_MUCH_MEMORY) from error
    if picture is None:
        raise BadPictureError(content_type.fault(content))
    return picture.astype(np.uint8, copy=False)


def squared(content: bytes, size: int, resize: Literal["area", "linear"]) -> Pixels:
    """`square` of the picture in these bytes. Raises BadPictureError.

    Only averaging makes the same of a reduced picture: "linear" looks at single pixels.
    """
    least = FINENESS * size if resize == "area" else None
    return square(pixels(content, least), size, resize)


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


def thumbnail(content: bytes, longest: int, most: int) -> bytes:
    """A JPEG of the picture: its long side at most `longest` pixels, all of it `most` bytes.

    Raises BadPictureError.
    """
    picture = pixels(content, least=longest)
    height, width = picture.shape[:2]
    scale = min(1.0, longest / max(height, width))
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    for quality in THUMBNAIL_QUALITIES:
        _, file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(file) <= most:
            break
    return file.tobytes()


def _reduction(content: bytes, least: int) -> int:
    """The flag of the smallest scale that leaves enough; 0 for full size, or what is no JPEG."""
    height, width = jpeg.shape(content)
    if height * width > LARGEST_REDUCED:
        raise BadPictureError(TOO_MANY_PIXELS)
    short = min(height, width)
    return next((flag for scale, flag in _SCALES.items() if short // scale >= least), 0)


def _reason(error: cv2.error, content: bytes) -> str:
    text = str(error)
    if "CV_IO_MAX_IMAGE" in text:
        return TOO_MANY_PIXELS
    if "Insufficient memory" in text or "bad_alloc" in text:
        return TOO_MUCH_MEMORY
    return content_type.fault(content)
