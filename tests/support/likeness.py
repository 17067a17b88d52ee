"""How far what imgsimd sees of a file is from the picture that it should see.

The measure is the distance of two embeddings, as `imgsimctl similar` prints it. The noise of a
JPEG alone gives 0.10 to 0.16.
"""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np

from imgsimd.config import DEFAULT_MODEL
from imgsimd.decoding import decode
from imgsimd.embedding.network import Network
from imgsimd.models.model_files import BUILT_IN, find
from tests.support.networks import network_of
from tests.support.odd_pictures import PixelArray
from tests.support.pictures import encoded

MODEL = find(DEFAULT_MODEL, BUILT_IN)
CLOSE = 0.17
"""Two pictures that are at most so far apart are the same."""


@cache
def _network() -> Network:
    return network_of(MODEL)


def distance(content: bytes, picture: PixelArray) -> float:
    """Between the embedding of the file and that of the upright picture, RGB."""
    return _apart(_vector(content), _vector(_png(picture)))


def thumbnail_difference(content: bytes, picture: PixelArray) -> float:
    """Between the thumbnail of the file and that of the upright picture: the mean of all pixels and
    colours, of 255 steps. Infinite where they differ in shape."""
    shown, wanted = _thumbnail(content), _thumbnail(_png(picture))
    if shown.shape != wanted.shape:
        return math.inf
    return float(np.abs(shown.astype(int) - wanted).mean())


def is_same(content: bytes, picture: PixelArray) -> bool:
    """Whether the embedding and the thumbnail of the file are those of the upright picture."""
    return distance(content, picture) <= CLOSE and thumbnail_difference(content, picture) <= 5


def apart(content: bytes, other: bytes) -> float:
    """Between the embeddings of two files."""
    return _apart(_vector(content), _vector(other))


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other))


def _vector(content: bytes) -> np.ndarray:
    return MODEL.form.from_bytes(_network().embed(content)[0])


def _thumbnail(content: bytes) -> PixelArray:
    return decode.pixels(decode.thumbnail(content, 256, 2**17))


def _png(picture: PixelArray) -> bytes:
    return encoded(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR).astype(np.uint8), ".png")
