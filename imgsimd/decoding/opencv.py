"""Decodes with OpenCV. Runs in the worker only: this is untrusted input.

OpenCV reads a picture's header first, and refuses what has more pixels than
OPENCV_IO_MAX_IMAGE_PIXELS, which the daemon sets. It is asked to leave pictures as they are stored:
`decode.py` turns them, whatever their format.
"""

from __future__ import annotations

from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding import faults, headers, pillow
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.transparency import on_white
from imgsimd.errors import BadPictureError

_TO_RGB = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
"""By the number of channels."""
AnyPixels: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]


def plain(content: bytes, bounds: Bounds) -> Picture:
    """PNG or WebP, transparency on white. Raises BadPictureError."""
    picture = _decoded(content, cv2.IMREAD_UNCHANGED)
    alpha = _alpha(picture, headers.png_transparent_grey(content))
    return Picture(_rgb(_eight_bits(picture, bits=16), alpha))


def jpeg2000(content: bytes, bounds: Bounds) -> Picture:
    """Of any depth, transparency on white. Raises BadPictureError."""
    if headers.jpeg2000_components(content) == 2:  # grey and alpha, which OpenCV refuses
        return pillow.jpeg2000(content, bounds)
    picture = _decoded(content, cv2.IMREAD_UNCHANGED)
    return Picture(_rgb(_eight_bits(picture, headers.jpeg2000_bits(content))))


def _alpha(picture: AnyPixels, transparent_grey: int | None) -> Pixels | None:
    """That of a grey picture in which one number stands for transparent pixels."""
    if picture.ndim != 2 or transparent_grey is None:
        return None
    return np.where(picture == transparent_grey, 0, 255).astype(np.uint8)


def _eight_bits(picture: AnyPixels, bits: int) -> NDArray[np.uint8]:
    """Numbers of more than 8 bits have so many."""
    if picture.dtype == np.uint8:
        return picture.astype(np.uint8, copy=False)
    scaled = cv2.convertScaleAbs(picture, alpha=255 / (2**bits - 1))
    return scaled.astype(np.uint8, copy=False)


def _rgb(picture: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> Pixels:
    """What OpenCV gives as it is stored, grey, BGR or BGRA, as RGB on white."""
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    if channels == 4:
        alpha = picture[..., 3]
    pixels = cv2.cvtColor(picture, _TO_RGB[channels]).astype(np.uint8, copy=False)
    return pixels if alpha is None else on_white(pixels, alpha)


def _decoded(content: bytes, flags: int) -> AnyPixels:
    try:
        picture = cv2.imdecode(
            np.frombuffer(content, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error as error:
        raise fault(error, content) from error
    if picture is None:
        raise faults.damaged(content)
    return cast(AnyPixels, picture)  # it has no other type for these formats


def fault(error: cv2.error, content: bytes) -> BadPictureError:
    """Why OpenCV gave no picture of this content, for users."""
    if "Insufficient memory" in str(error) or "bad_alloc" in str(error):
        return faults.too_much_memory()
    return faults.damaged(content)
