"""Decodes HEIF with libheif (through pi-heif). Runs in the worker only: this is untrusted input.

libheif turns and mirrors a picture as its container says. What EXIF says of that is for programs
that look at nothing else, and does not count (ISO/IEC 23008-12, A.2.1).

The thumbnail that a HEIC may have is not used instead of the picture, though that would be ten
times as quick. Those of phones have 320 x 240 pixels, and their embeddings are 0.11 to 0.32 away
from the picture's (measured with the built-in model on drawings of 12 megapixels; 0.10 is what may
be lost). Of 600 x 450 pixels and more, which few files have, it is 0.06 to 0.09 where the thumbnail
was compressed with quality 80, but up to 0.22 with 50, and nothing tells which.
"""

from __future__ import annotations

from typing import Any

import _pi_heif
import cv2
import numpy as np

from imgsimd.decoding import faults, heif_header, heif_items, iso_boxes
from imgsimd.decoding.headers import Header
from imgsimd.decoding.heif_items import Items
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.transparency import on_white
from imgsimd.errors import BadPictureError

_BAD = (ValueError, EOFError, SyntaxError, RuntimeError)
"""What pi-heif raises for a file that it cannot read."""
_CODECS = {
    b"avc1": "AVC",
    b"j2k1": "JPEG 2000",
    b"jpeg": "JPEG",
    b"unci": "uncompressed pixels",
    b"vvc1": "VVC",
    b"av01": "AV1",
}
"""Kinds of items that the library was built without."""


def header(content: bytes) -> Header:
    """See `heif_header`."""
    return heif_header.header(content)


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The primary picture, upright. Raises BadPictureError."""
    items = heif_items.read(content)
    for part in items.parts(items.primary):
        bounds.check(*heif_header.size(part))
    if not items.items and iso_boxes.has(content, b"moov"):
        raise faults.unsupported("HEIF sequence without a still picture")
    heif_items.check_whole(content, items)  # libheif would make up the rest
    try:
        image = _primary(content)
        if image is None:
            raise _unreadable(content, items)
        bounds.check(*image.size_mode[0])
        pixels = _as_rgb(image.data, image.size_mode)
    except OSError as error:
        raise faults.too_much_memory() from error  # it raises this for nothing else
    except _BAD as error:
        raise faults.damaged(content) from error
    return Picture(pixels, orientation=1)


def _primary(content: bytes) -> Any:  # a class of C, which has no types
    """None where the primary picture is of a kind that the library cannot read.

    `pi_heif.open_heif` would read metadata, too, and broken ones crash the process (1.4).
    """
    threads, to_8_bits, as_bgr, without_stride, to_16_bits, any_limit = 0, 1, 0, 1, 1, 0
    images = _pi_heif.load_file(
        content, threads, to_8_bits, as_bgr, without_stride, to_16_bits, "", any_limit
    )
    return next((image for image in images if image and image.primary), None)


def _unreadable(content: bytes, items: Items) -> BadPictureError:
    kinds = {item.kind for item in items.parts(items.primary)}
    codec = next((name for kind, name in _CODECS.items() if kind in kinds), None)
    return faults.unsupported(f"HEIF with {codec}") if codec else faults.damaged(content)


def _as_rgb(samples: memoryview, size_mode: tuple[tuple[int, int], str]) -> Pixels:
    """A copy, for the library's memory goes with its image. Grey comes with 8 or 16 bits, colours
    with 8."""
    (width, height), mode = size_mode
    if mode.startswith("I;16"):
        deep = np.frombuffer(samples, "<u2").reshape(height, width)
        return _from_grey((deep >> 8).astype(np.uint8))
    if mode == "L":
        return _from_grey(np.frombuffer(samples, np.uint8).reshape(height, width))
    stored = np.frombuffer(samples, np.uint8).reshape(height, width, -1)
    if mode == "RGB":
        return stored.copy()
    alpha = stored[..., 3].copy()
    colours = cv2.cvtColor(stored, cv2.COLOR_RGBA2RGB).astype(np.uint8, copy=False)
    if mode == "RGBa":  # mixed with black already
        clear = cv2.cvtColor(cv2.bitwise_not(alpha), cv2.COLOR_GRAY2RGB)
        return cv2.add(colours, clear).astype(np.uint8, copy=False)
    return on_white(colours, alpha)


def _from_grey(grey: Pixels) -> Pixels:
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
