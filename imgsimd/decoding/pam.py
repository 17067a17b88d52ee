"""Decodes PAM, netpbm's pam(5). Runs in the worker only: this is untrusted input.

OpenCV 5.0 swaps its red and blue, and takes no account of its largest value; Pillow reads none.
"""

from __future__ import annotations

import re

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding import faults
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.transparency import on_white

_HEADER_BYTES = 2**16
_END = re.compile(rb"^ENDHDR[ \t\r]*\n", re.MULTILINE)
_FIELD = re.compile(rb"^(WIDTH|HEIGHT|DEPTH|MAXVAL)[ \t]+(\d{1,9})\s*$", re.MULTILINE)
_MOST_CHANNELS = 4
_LARGEST = 2**16 - 1


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """Grey or RGB, transparency on white. Raises BadPictureError."""
    end = _END.search(content, 0, _HEADER_BYTES)
    if end is None:
        raise faults.damaged(content)
    fields = {name: int(value) for name, value in _FIELD.findall(content[: end.start()])}
    names = (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
    width, height, depth, largest = (fields.get(name, 0) for name in names)
    if not (width and height and 0 < depth <= _MOST_CHANNELS and 0 < largest <= _LARGEST):
        raise faults.damaged(content)
    bounds.check(width, height)
    kind: np.dtype[np.unsignedinteger] = np.dtype(np.uint8 if largest < 256 else ">u2")
    count = width * height * depth
    if len(content) - end.end() < count * kind.itemsize:
        raise faults.cut_off()
    samples = np.frombuffer(content, kind, count, end.end()).reshape(height, width, depth)
    return Picture(_shown(_eight_bits(samples, largest)))


def _eight_bits(samples: NDArray[np.unsignedinteger], largest: int) -> Pixels:
    if largest == 255:
        return samples.astype(np.uint8)
    levels: Pixels = np.rint(np.arange(largest + 1) * 255 / largest).astype(np.uint8)
    shown: Pixels = levels[np.minimum(samples, largest)]
    return shown


def _shown(samples: Pixels) -> Pixels:
    """Of one to four channels, the last of two or four is alpha."""
    channels = samples.shape[2]
    colours = samples[..., : 3 if channels > 2 else 1]
    if channels < 3:
        colours = cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_GRAY2RGB).astype(np.uint8)
    return on_white(colours, samples[..., -1]) if channels in (2, 4) else colours
