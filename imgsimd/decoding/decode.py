"""Bytes of a picture file become pixels. Runs in the worker only: this is untrusted input.

Every picture becomes 8-bit sRGB, upright: grey, palette and CMYK are converted, and so are colours
of other ICC profiles; 16-bit is scaled down, transparency is shown on white, and an animation gives
its first frame. The content decides which decoder of the registry reads a file, not the file's
name.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, Protocol, cast

import cv2
import numpy as np
from PIL import Image

from imgsimd.decoding import colour, exif, faults, registry
from imgsimd.decoding.headers import Header
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.registry import Decoder
from imgsimd.decoding.turning import SIDEWAYS, turned
from imgsimd.types import Resize

THUMBNAIL_QUALITIES = (85, 60, 30, 10)
"""The best one is taken whose file is small enough: two bits a pixel do for noise with 10."""
FINENESS = 2
"""A picture may be decoded at reduced scale while its short side stays this many times the
square's.

Measured with the built-in model against full decoding, on 72 JPEGs of 1, 3 and 12 megapixels (means
of six of a kind): at 2 and above the cosine is .996 to .998 whatever the scale, which is as near as
8-bit rounding lets two resamplings come; at 1.7 it is .992 to .996, at 1.1 .982 to .993.
"""
LONGEST_SHAPE = 4
"""How many times as long as its short side a picture is at most when its middle is cut out."""
MOST_PIXELS = 160_000_000
"""What may be decoded where the settings do not say otherwise."""

log = logging.getLogger(__name__)
_broken: set[Decoder] = set()
"""Those whose libraries could not be imported."""


class PixelReader(Protocol):
    """The function of a registry entry that decodes its format."""

    def __call__(self, content: bytes, bounds: Bounds) -> Picture:
        """The picture. Raises BadPictureError, whose reason is a clause about "it"."""


class HeaderReader(Protocol):
    """The function of a registry entry that reads the headers of its format."""

    def __call__(self, content: bytes) -> Header:
        """What they say. Never raises; the content may be damaged."""


class Square(NamedTuple):
    """What a network gets to see of a picture."""

    pixels: Pixels
    read: float
    """See `Picture.read`."""


class Seen(NamedTuple):
    """What is looked at more than once."""

    square: Square
    small: Pixels
    """The whole picture, or a smaller one whose short side is FINENESS times as long as the square
    makes it."""


def load() -> None:
    """Imports the libraries of all decoders: in its sandbox, a worker can open no file. A package
    that is installed but broken counts as missing."""
    for decoder in registry.DECODERS:
        if decoder.is_available():
            try:
                _pixel_reader(decoder.pixels)
                _header_reader(decoder.header)
            except ImportError as error:
                log.warning("%s cannot be read: %s", decoder.format, error)
                _broken.add(decoder)


@cache
def _pixel_reader(name: str) -> PixelReader:
    return cast(PixelReader, pkgutil.resolve_name(name))  # a name says nothing of its type


@cache
def _header_reader(name: str) -> HeaderReader:
    return cast(HeaderReader, pkgutil.resolve_name(name))  # as above


def _decoder(content: bytes) -> Decoder:
    """The entry for this content. Raises BadPictureError where there is none that can be used."""
    decoder = registry.recognised(content)
    if decoder is None:
        raise faults.unrecognised(content)
    if decoder in _broken or not decoder.is_available():
        raise faults.library_missing(decoder.format, decoder.package)
    return decoder


def metadata(content: bytes) -> PictureMetadata:
    """What the headers say of the picture. Raises BadPictureError for a format that cannot be read,
    and for nothing else."""
    decoder = _decoder(content)
    header = _header_reader(decoder.header)(content)
    own = exif.tags(header.exif)
    tags = {**exif.gps_tags(header.gps), **exif.tags(header.more_exif), **own}
    latitude, longitude = exif.place(tags) or (None, None)
    orientation = _orientation(header, own)
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
        latitude=latitude,
        longitude=longitude,
    )


def _orientation(header: Header, tags: exif.Tags) -> int:
    """`tags` are those of its EXIF block."""
    return exif.orientation(tags) if header.orientation is None else header.orientation


def _picture(content: bytes, bounds: Bounds) -> Picture:
    """The picture with nothing left to its header. Raises BadPictureError."""
    decoder = _decoder(content)
    header = _header_reader(decoder.header)(content)
    if not decoder.is_reducible:
        bounds.check(header.width, header.height)
    try:
        picture = _pixel_reader(decoder.pixels)(content, bounds)
    except MemoryError as error:
        raise faults.too_much_memory() from error
    if not picture.pixels.size:  # what some libraries make of a broken header
        raise faults.damaged(content)
    orientation = picture.orientation
    if orientation is None:
        orientation = _orientation(header, exif.tags(header.exif))
    profile = header.profile if picture.profile is None else picture.profile
    return Picture(picture.pixels, orientation, profile, picture.read)


def _finished(picture: Picture, resize: Callable[[Pixels], Pixels]) -> Pixels:
    """Resized, in sRGB and upright. If possible, colours are converted and pixels turned when there
    are fewest of them: for a large picture, that is a hundred times less work."""
    profile = picture.profile or b""
    if colour.is_far_from_srgb(profile):
        pixels = resize(colour.to_srgb(picture.pixels, profile))
    else:
        pixels = colour.to_srgb(resize(picture.pixels), profile)
    return turned(pixels, picture.orientation or 1)


def pixels(content: bytes, least: int | None = None, most: int = MOST_PIXELS) -> Pixels:
    """The whole picture; if `least` is given, maybe a smaller one that is quicker to decode, whose
    short side keeps at least so many pixels, if it has them. Raises BadPictureError."""
    return _finished(_picture(content, Bounds(least, most)), lambda whole: whole)


def squared(
    content: bytes,
    size: int,
    resize: Resize,
    most: int = MOST_PIXELS,
    short_side: int | None = None,
) -> Square:
    """`square` of the picture in these bytes. Raises BadPictureError.

    "linear" looks at single pixels: it makes something else of a reduced picture.
    """
    least = None if resize == "linear" else FINENESS * (short_side or size)
    picture = _picture(content, Bounds(least, most))
    return Square(_squared(picture, size, resize, short_side), picture.read)


def seen(
    content: bytes,
    size: int,
    resize: Resize,
    most: int = MOST_PIXELS,
    short_side: int | None = None,
) -> Seen:
    """As `squared`, and what other squares can be made from. Raises BadPictureError."""
    short = FINENESS * (short_side or size)
    picture = _picture(content, Bounds(None if resize == "linear" else short, most))
    pixels = _squared(picture, size, resize, short_side)
    return Seen(Square(pixels, picture.read), _finished(picture, lambda whole: _down(whole, short)))


def _squared(picture: Picture, size: int, resize: Resize, short_side: int | None) -> Pixels:
    """What is cut out is the middle of the upright picture, to the pixel."""
    shown = _finished(picture, lambda whole: _shown(whole, size, resize, short_side))
    return _middle(shown, size)


def reduced(content: bytes, least: int, short: int, most: int = MOST_PIXELS) -> Pixels:
    """The whole picture, its short side between `least` and `short` pixels, if it has so many: with
    as many as are quick to decode. Raises BadPictureError."""
    return _finished(_picture(content, Bounds(least, most)), lambda whole: _down(whole, short))


def is_reducible(content: bytes) -> bool:
    """Whether what is decoded depends on how many pixels are asked for."""
    decoder = registry.recognised(content)
    return decoder is not None and decoder.is_reducible


def square(picture: Pixels, size: int, resize: Resize, short_side: int | None = None) -> Pixels:
    """The whole picture squeezed to [size, size, 3]; or where there is a `short_side`, the middle
    of the picture, cut out after its short side was scaled to so many pixels."""
    return _middle(_shown(picture, size, resize, short_side), size)


def _shown(picture: Pixels, size: int, resize: Resize, short_side: int | None) -> Pixels:
    """What the square is the middle of."""
    if short_side is None:
        return resized(picture, (size, size), resize)
    picture = _without_ends(picture)
    height, width = picture.shape[:2]
    short = min(width, height)
    wanted = (short_side * width // short, short_side * height // short)
    return resized(picture, wanted, resize)


def _without_ends(picture: Pixels) -> Pixels:
    """Of a picture that is very long, as much as the middle is cut out of: all of it would become
    too many pixels."""
    height, width = picture.shape[:2]
    most = LONGEST_SHAPE * min(height, width)
    return _cut(picture, min(height, most), min(width, most))


def _middle(picture: Pixels, size: int) -> Pixels:
    return _cut(picture, size, size)


def _cut(picture: Pixels, height: int, width: int) -> Pixels:
    """The middle of a picture that is not smaller."""
    top = round((picture.shape[0] - height) / 2)
    left = round((picture.shape[1] - width) / 2)
    return picture[top : top + height, left : left + width]


def resized(picture: Pixels, size: tuple[int, int], resize: Resize) -> Pixels:
    """The whole picture with this width and height.

    "area" averages when it shrinks (INTER_AREA) and is cubic when the picture's short side is less
    than that of `size`; "linear" is OpenCV's default for both. "cubic" is Pillow's, by which the
    recipes of most networks that were trained with PyTorch resize: it looks at all pixels when it
    shrinks. OpenCV's looks at 16 for each new one: of a picture of 1,024 pixels, the built-in model
    finds a cosine of .925 between the two, and .990 between Pillow's and "area" (mean of 80).
    """
    if resize == "cubic":
        return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
    if resize == "linear":
        how = cv2.INTER_LINEAR
    elif min(picture.shape[:2]) >= min(size):
        how = cv2.INTER_AREA
    else:
        how = cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=how).astype(np.uint8, copy=False)


def thumbnail(content: bytes, longest: int, size: int, most: int = MOST_PIXELS) -> bytes:
    """A JPEG of the picture: its long side at most `longest` pixels, all of it `size` bytes.

    Raises BadPictureError.
    """
    small = _finished(
        _picture(content, Bounds(longest, most)), lambda whole: _within(whole, longest)
    )
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    for quality in THUMBNAIL_QUALITIES:
        _, file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(file) <= size:
            break
    return file.tobytes()


def _within(picture: Pixels, longest: int) -> Pixels:
    """The picture with a long side of at most so many pixels."""
    return _scaled(picture, longest / max(picture.shape[:2]))


def _down(picture: Pixels, short: int) -> Pixels:
    """The picture with a short side of at most so many pixels."""
    return _scaled(picture, short / min(picture.shape[:2]))


def _scaled(picture: Pixels, scale: float) -> Pixels:
    """The picture at this scale, if that is smaller."""
    height, width = picture.shape[:2]
    scale = min(1.0, scale)
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, shape, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
