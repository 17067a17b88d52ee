"""Decodes JPEGs with libjpeg-turbo. Runs in the worker only: this is untrusted input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding import colour, faults, jpeg, jpeg_damage, libjpeg
from imgsimd.decoding.headers import Header
from imgsimd.decoding.jpeg import Frame
from imgsimd.decoding.picture import Bounds, Picture

_SCALES = (8, 4, 2)
"""How far libjpeg may reduce a picture while it decodes it."""
LARGEST_REDUCED = 1_000_000_000
"""Pixels of a JPEG before it is reduced. Cameras have up to 200 million; 60,000 x 60,000 would keep
a core busy for a minute."""
_LOSSLESS, _HIERARCHICAL, _JPEG_LS = {0xC3, 0xCB}, {*range(0xC5, 0xC8), *range(0xCD, 0xD0)}, {0xF7}
"""Markers of frames that libjpeg does not read, or not as pictures of 8 bits."""
_COMPONENTS = {1, 3, 4}
_CMYK = 4


def header(content: bytes) -> Header:
    """Segments: APP1 has the EXIF block, APP2 the profile."""
    content = jpeg.bare(content)
    frame = jpeg.frame(content)
    return Header(frame.width, frame.height, jpeg.exif(content), jpeg.profile(content))


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The picture at the smallest scale that leaves enough pixels; of a damaged file, as much as
    can be decoded, if that is at least `jpeg_damage.LEAST`. Raises BadPictureError."""
    content = jpeg.bare(content)
    frame = jpeg.frame(content)
    if not frame.width * frame.height:
        raise faults.damaged(content)
    _check_kind(frame)
    scale = _scale(frame, bounds)
    space: libjpeg.Space = "CMYK" if frame.components == _CMYK else "RGB"
    try:
        decoded, read = libjpeg.strict(content, frame, scale, space), 1.0
    except ValueError:
        decoded, read = _damaged(content, frame, scale, space)
    if space == "CMYK":
        inks = ~decoded  # in the file 0 is all ink, as Adobe's programs write it
        return Picture(colour.cmyk_to_srgb(inks, jpeg.profile(content)), profile=b"", read=read)
    return Picture(decoded, read=read)


def _damaged(
    content: bytes, frame: Frame, scale: int, space: libjpeg.Space
) -> tuple[NDArray[np.uint8], float]:
    """What can be decoded, and its share."""
    try:
        left = jpeg_damage.examined(content, frame)
        if left.read < jpeg_damage.LEAST:
            raise faults.damaged(content, left.read)
        return libjpeg.tolerant(left.content, frame, scale, space), left.read
    except ValueError as error:
        raise faults.damaged(content) from error


def _check_kind(frame: Frame) -> None:
    """Raises BadPictureError for what libjpeg does not read, by its name."""
    if frame.marker in _JPEG_LS:
        raise faults.unsupported("JPEG-LS")
    if frame.marker in _LOSSLESS:
        raise faults.unsupported("lossless JPEG")
    if frame.marker in _HIERARCHICAL:
        raise faults.unsupported("hierarchical JPEG")
    if frame.precision != 8:
        raise faults.unsupported(f"{frame.precision}-bit JPEG")
    if frame.components not in _COMPONENTS:
        raise faults.unsupported(f"JPEG with {frame.components} components")


def _scale(frame: Frame, bounds: Bounds) -> int:
    """By what the picture is divided. Raises BadPictureError."""
    if frame.height * frame.width > LARGEST_REDUCED:
        raise faults.too_many_pixels(frame.width, frame.height, LARGEST_REDUCED)
    least, shorter = bounds.least, min(frame.height, frame.width)
    scale = next((each for each in _SCALES if least and shorter // each >= least), 1)
    bounds.check(frame.width // scale, frame.height // scale)
    return scale
