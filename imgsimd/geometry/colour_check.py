"""Whether the colours of two pictures differ somewhere: two flavours of one product, an apple on
grass. The whole picture may have other colours, as after a change of white balance or saturation.
"""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np

from imgsimd.geometry.arrays import Matrix, Values, as_values, size_of
from imgsimd.geometry.features import Features
from imgsimd.geometry.mapping import inverse, resizing, slope

NEUTRAL = 128
"""Cr and Cb of grey."""
GREY = 2.0
"""Mean distance of Cr and Cb from NEUTRAL, below which a picture is grey."""
FEWEST_PIXELS = 20
"""Of the overlap, of the small pictures of colours."""
DARKEST, BRIGHTEST = 12, 243
"""Beyond these, a pixel has no colour that counts."""
_SPOT = (3, 3)


def chroma(features: Features) -> float:
    """Mean distance from grey, of 128 steps."""
    return float(np.abs(_centred(features)).mean())


def colours_apart(one: Features, other: Features, matrix: Matrix, inner: bool = False) -> float:
    """By how many steps, of Cr and Cb together, the spot that differs most does; 0 where one
    picture is grey, or where they hardly overlap. The matrix maps working pixels of the one to
    those of the other. `inner`: borders do not count."""
    if min(chroma(one), chroma(other)) < GREY:
        return 0.0
    small = _small(other) @ matrix @ inverse(_small(one))
    if slope(small, size_of(one.colour)) >= 1:
        return _apart(one, other, small, inner)
    return _apart(other, one, inverse(small), inner)


def _apart(one: Features, other: Features, matrix: Matrix, inner: bool) -> float:
    """The matrix maps from the coarse picture of the one to the fine one of the other."""
    coarse, fine = _centred(one), _centred(other)
    size = size_of(coarse)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    there = cv2.warpPerspective(_usable(other, inner), matrix, size, flags=how)
    usable = np.minimum(there, _usable(one, inner))
    both = cv2.erode(usable, np.ones((3, 3)), borderValue=0) > 0.99
    if both.sum() < FEWEST_PIXELS:
        return 0.0
    brought = as_values(cv2.warpPerspective(_softened(fine, matrix, size), matrix, size, flags=how))
    rest = np.zeros(coarse.shape[:2], np.float32)
    rest[both] = _unexplained(brought[both], coarse[both])
    return float(cv2.blur(rest, _SPOT)[both].max())


def _usable(features: Features, inner: bool) -> Values:
    """1 where the picture of colours has them: where it is neither black nor white nor a border."""
    light = cv2.resize(features.light, size_of(features.colour), interpolation=cv2.INTER_AREA)
    usable = ((light > DARKEST) & (light < BRIGHTEST)).astype(np.float32)
    if inner:
        x, y = (a / b for a, b in zip(size_of(features.colour), features.size, strict=True))
        left, top, right, bottom = features.inner
        kept = np.zeros_like(usable)
        kept[ceil(top * y) : int(bottom * y), ceil(left * x) : int(right * x)] = 1
        usable *= kept
    return usable


def _softened(fine: Values, matrix: Matrix, size: tuple[int, int]) -> Values:
    """What the coarse picture cannot show is taken away."""
    shrinking = slope(matrix, size)
    if shrinking < 1.2:
        return fine
    return as_values(cv2.GaussianBlur(fine, (0, 0), 0.45 * float(np.sqrt(shrinking**2 - 1))))


def _unexplained(colours: Values, wanted: Values) -> Values:
    """[n]: how far each is from what one change of all colours makes of it."""
    terms = np.column_stack([colours, np.ones(len(colours), np.float32)])
    change = np.linalg.lstsq(terms, wanted, rcond=None)[0]
    return as_values(np.abs(terms @ change - wanted).sum(1))


def _centred(features: Features) -> Values:
    return features.colour.astype(np.float32) - NEUTRAL


def _small(features: Features) -> Matrix:
    """From working pixels to those of the small picture of colours."""
    return resizing(features.size, size_of(features.colour))
