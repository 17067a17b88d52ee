"""Reads a format that nobody has photos in: `TOY`, and the three bytes of its only colour."""

from __future__ import annotations

import numpy as np

from imgsimd.decoding.headers import Header
from imgsimd.decoding.picture import Bounds, Picture
from imgsimd.errors import BadPictureError


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """A picture of one colour."""
    if len(content) != 6:
        raise BadPictureError("it is no toy")
    return Picture(np.broadcast_to(np.frombuffer(content[3:], np.uint8), (30, 40, 3)).copy())


def header(content: bytes) -> Header:
    return Header(40, 30)
