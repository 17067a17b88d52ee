"""Decodes AVIF with libavif (through Pillow). Runs in the worker only: this is untrusted input.

libavif leaves turning to others; the container's `irot` and `imir` are in the header.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import AvifImagePlugin

from imgsimd.decoding import faults, heif_header, heif_items
from imgsimd.decoding.headers import Header
from imgsimd.decoding.picture import Bounds, Picture
from imgsimd.decoding.transparency import on_white

AvifImagePlugin.DEFAULT_MAX_THREADS = 1
"""A worker decodes as many pictures at once as it has cores."""
_BAD = (ValueError, SyntaxError, RuntimeError, OSError)
"""What Pillow raises for a file that it cannot read."""


def header(content: bytes) -> Header:
    """See `heif_header`."""
    return heif_header.header(content)


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The primary picture, or the first of a sequence. Raises BadPictureError."""
    heif_items.check_whole(content, heif_items.read(content))
    try:
        image = AvifImagePlugin.AvifImageFile(io.BytesIO(content))
        bounds.check(*image.size)
        if image.mode != "RGBA":
            return Picture(np.asarray(image.convert("RGB")))
        samples = np.asarray(image)
    except _BAD as error:
        raise faults.damaged(content) from error
    return Picture(on_white(np.ascontiguousarray(samples[..., :3]), samples[..., 3]))
