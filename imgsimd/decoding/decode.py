"""Bytes of a picture file become pixels. Runs in the worker only: this is untrusted input.

Every picture becomes 8-bit RGB, upright as its EXIF orientation says: grey, palette and CMYK are
converted, 16-bit is scaled down, transparency is dropped, and an animation gives its first frame.
The content decides which decoder of the registry reads a file, not the file's name.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from typing import Literal, Protocol, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding import exif, faults, registry
from imgsimd.decoding.headers import Header
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.errors import BadPictureError

Pixels: TypeAlias = NDArray[np.uint8]
"""RGB, [height, width, 3]."""

THUMBNAIL_QUALITIES = (85, 60, 30, 10)
"""The best one is taken whose file fits into a message; even 1024 x 1024 of noise does with 10."""
FINENESS = 2
"""A picture may be decoded at reduced scale while its short side stays this many times the
square's.

Measured with the built-in model against full decoding, on 72 JPEGs of 1, 3 and 12 megapixels (means
of six of a kind): at 2 and above the cosine is .996 to .998 whatever the scale, which is as near as
8-bit rounding lets two resamplings come; at 1.7 it is .992 to .996, at 1.1 .982 to .993.
"""


SIDEWAYS = {5, 6, 7, 8}
"""Orientations in which width and height change places."""


class PixelReader(Protocol):
    """The function of a registry entry that decodes its format."""

    def __call__(self, content: bytes, least: int | None) -> Pixels:
        """The upright picture; a smaller one if that is quicker to decode, and if its short side
        keeps `least` pixels. Raises BadPictureError, whose reason is a clause about "it"."""


class HeaderReader(Protocol):
    """The function of a registry entry that reads the headers of its format."""

    def __call__(self, content: bytes) -> Header:
        """What they say. Never raises; the content may be damaged."""


def load() -> None:
    """Imports the libraries of all decoders: in its sandbox, a worker can open no file."""
    for decoder in registry.DECODERS:
        _pixel_reader(decoder.pixels)
        _header_reader(decoder.header)


@cache
def _pixel_reader(name: str) -> PixelReader:
    return cast(PixelReader, pkgutil.resolve_name(name))  # a name says nothing of its type


@cache
def _header_reader(name: str) -> HeaderReader:
    return cast(HeaderReader, pkgutil.resolve_name(name))  # as above


def metadata(content: bytes) -> PictureMetadata:
    """What the headers say of the picture. Raises BadPictureError for an unknown format only."""
    decoder = registry.recognised(content)
    if decoder is None:
        raise BadPictureError(faults.unsupported(content))
    header = _header_reader(decoder.header)(content)
    tags = exif.tags(header.exif)
    orientation = exif.orientation(tags)
    size = header.width, header.height
    width, height = reversed(size) if orientation in SIDEWAYS else size
    return PictureMetadata(
        format=decoder.format,
        version=decoder.version,
        width=width or None,
        height=height or None,
        orientation=orientation,
        taken=exif.taken(tags),
        make=exif.text(tags, exif.MAKE),
        model=exif.text(tags, exif.MODEL),
    )


def pixels(content: bytes, least: int | None = None) -> Pixels:
    """The whole picture; if `least` is given, maybe a smaller one that is quicker to decode.

    Its short side keeps at least so many pixels, if it has them. Raises BadPictureError.
    """
    decoder = registry.recognised(content)
    if decoder is None:
        raise BadPictureError(faults.unsupported(content))
    try:
        return _pixel_reader(decoder.pixels)(content, least)
    except MemoryError as error:
        raise BadPictureError(faults.TOO_MUCH_MEMORY) from error


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
