"""Decodes AVIF with libavif (through Pillow). Runs in the worker only: this is untrusted input.

libavif leaves cropping (`clap`) and turning (`irot`, `imir`) to others.
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import _avif

from imgsimd.decoding import faults, heif_header, heif_items
from imgsimd.decoding.headers import Header
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.transparency import on_white

_THREADS = 1
"""A worker decodes as many pictures at once as it has cores."""
_BAD = (ValueError, SyntaxError, RuntimeError, OSError)
"""What Pillow raises for a file that it cannot read."""


def header(content: bytes) -> Header:
    """See `heif_header`."""
    return heif_header.header(content)


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The primary picture, or the first of a sequence. Raises BadPictureError."""
    items = heif_items.read(content)
    bounds.check(*heif_header.size(items.item(items.primary)))
    heif_items.check_whole(content, items)
    try:
        decoder = _avif.AvifDecoder(content, "auto", _THREADS)  # `Image.open` would read the EXIF
        (width, height), _, mode, *_ = decoder.get_info()
        bounds.check(width, height)
        frame = decoder.get_frame(0)[0]
    except _BAD as error:
        if "memory" in str(error).lower():
            raise faults.too_much_memory() from error
        raise faults.damaged(content) from error
    samples = np.frombuffer(frame, np.uint8).reshape(height, width, -1)
    left, top, width, height = heif_header.shown_part(items.item(items.primary))
    shown = samples[top : top + height, left : left + width] if width and height else samples
    return Picture(_as_rgb(shown, mode))


def _as_rgb(samples: Pixels, mode: str) -> Pixels:
    if mode == "RGB":
        return samples
    if mode == "L":
        return cv2.cvtColor(samples, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
    colours = cv2.cvtColor(samples, cv2.COLOR_RGBA2RGB).astype(np.uint8, copy=False)
    return on_white(colours, samples[..., 3])
