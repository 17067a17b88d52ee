"""Copies of a picture, altered as people alter photos: a model should find the picture with each.

Runs in the worker only. They are drawn in memory, of the picture reduced as for comparing features,
so that one of 12 megapixels costs little more than a small one, and every model is asked with the
same copies.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from imgsimd.decoding.picture import Pixels

QUALITY = 30
"""Of a JPEG that shows its blocks."""
HALF = 0.5
CENTRE = 0.8
"""Of width and height, what a crop keeps."""


def altered(picture: Pixels) -> Iterator[bytes]:
    """The copies as picture files, in the order of `protocol.ALTERATIONS`."""
    yield _jpeg(picture)
    yield _uncompressed(_half_size(picture))
    yield _uncompressed(picture[:, ::-1])
    yield _uncompressed(_centre(picture))
    yield _uncompressed(_grey(picture))


def _jpeg(picture: Pixels) -> bytes:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def _half_size(picture: Pixels) -> Pixels:
    height, width = (max(1, round(side * HALF)) for side in picture.shape[:2])
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _centre(picture: Pixels) -> Pixels:
    top, left = (round(side * (1 - CENTRE) / 2) for side in picture.shape[:2])
    height, width = picture.shape[:2]
    return picture[top : height - top, left : width - left]


def _grey(picture: Pixels) -> Pixels:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    return grey[..., None].repeat(3, axis=2)


def _uncompressed(picture: Pixels) -> bytes:
    """As PPM, which costs nothing to write and to read."""
    height, width = picture.shape[:2]
    return f"P6 {width} {height} 255\n".encode() + picture.tobytes()
