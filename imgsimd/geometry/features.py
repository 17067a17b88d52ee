"""What is kept of a picture so that it can be compared: points, and the picture in small.

Points are found with SIFT (Lowe 2004), which sees the same ones in a picture that is turned,
smaller or brighter. The small picture is for looking whether two pictures agree everywhere.
"""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.geometry.arrays import (
    Box,
    Descriptors,
    Pixels,
    Plane,
    Points,
    Size,
    as_bytes,
    size_of,
)
from imgsimd.geometry.trimming import inner

MOST_BYTES = 120_000
"""No packed features are larger."""
POINTS = 300
"""So many of a picture's points are kept, those with the strongest contrast."""
WORKING_AREA = 384 * 288
"""Pixels of the picture in which points are looked for."""
LONGEST = 1024
"""The longest side of that picture, which may be a panorama."""
LIGHT_AREA = 160 * 120
"""Pixels of the small picture's luminance."""
COLOUR_SHARE = 3
"""The small picture's colours have so many times fewer pixels on each side."""

_NUMBERS = 128
_DIGEST_BYTES = 16
_MOST_ORIGINAL = 2**31 - 1
_HEADER = struct.Struct("<4s2I6H4HH16s")
_MAGIC = b"imf2"


@dataclass(frozen=True, slots=True)
class Features:
    """One picture's, unpacked."""

    original: Size
    """Of the picture as it is in its file, upright."""
    size: Size
    """Of the picture in which the points lie: the working picture."""
    inner: Box
    """Where in that picture no border is, and no bars of a screen (`trimming.inner`)."""
    points: Points
    descriptors: Descriptors
    light: Plane
    """The small picture's luminance."""
    colour: NDArray[np.uint8]
    """[height, width, 2]: the small picture's Cr and Cb, of even fewer pixels."""
    digest: bytes
    """Of the working picture's pixels: equal for two pictures only if they are."""

    def pack(self) -> bytes:
        """As bytes, at most MOST_BYTES."""
        sizes = (*self.original, *self.size, *size_of(self.light), *size_of(self.colour))
        header = _HEADER.pack(_MAGIC, *sizes, *self.inner, len(self.points), self.digest)
        arrays = (self.points.astype("<f4"), self.descriptors, self.light, self.colour)
        return header + b"".join(array.tobytes() for array in arrays)

    @classmethod
    def unpack(cls, packed: bytes) -> Features:
        """What `pack` made. Raises ValueError for anything else: who says it may lie."""
        if not _HEADER.size <= len(packed) <= MOST_BYTES:
            raise ValueError("these are no features of a picture")
        magic, *numbers, count, digest = _HEADER.unpack_from(packed)
        sides, box = numbers[:8], (numbers[8], numbers[9], numbers[10], numbers[11])
        original, size, light, colour = zip(sides[::2], sides[1::2], strict=True)
        parts = [8 * count, _NUMBERS * count, math.prod(light), 2 * math.prod(colour)]
        if magic != _MAGIC or not all(sides) or _HEADER.size + sum(parts) != len(packed):
            raise ValueError("these are no features of a picture")
        ends = np.cumsum([_HEADER.size, *parts])
        points, descriptors, luminance, chroma = (
            packed[start:end] for start, end in pairwise(ends)
        )
        features = cls(
            original,
            size,
            box,
            np.frombuffer(points, "<f4").reshape(count, 2),
            np.frombuffer(descriptors, np.uint8).reshape(count, _NUMBERS),
            np.frombuffer(luminance, np.uint8).reshape(light[::-1]),
            np.frombuffer(chroma, np.uint8).reshape(*colour[::-1], 2),
            digest,
        )
        features._check()
        return features

    def _check(self) -> None:
        """Raises ValueError if a point or the box is not in the picture, or a side is too long."""
        within = (self.points >= -1) & (self.points <= np.array(self.size, np.float32))
        left, top, right, bottom = self.inner
        has_inside = left < right <= self.size[0] and top < bottom <= self.size[1]
        are_sides = max(self.size) <= LONGEST and max(self.original) <= _MOST_ORIGINAL
        if not (within.all() and has_inside and are_sides):
            raise ValueError("these features cannot be those of a picture")


def extract(pixels: Pixels, original: Size) -> bytes:
    """The packed features of a picture that has this size in its file, upright; `pixels` may be
    the same picture reduced. Each side is at least one pixel."""
    working = _reduced(pixels, WORKING_AREA)
    small = as_bytes(cv2.cvtColor(_reduced(working, LIGHT_AREA), cv2.COLOR_RGB2YCrCb))
    light = np.ascontiguousarray(small[..., 0])
    colours = tuple(max(1, side // COLOUR_SHARE) for side in size_of(light))
    points, descriptors = _points(as_bytes(cv2.cvtColor(working, cv2.COLOR_RGB2GRAY)))
    return Features(
        original,
        size_of(working),
        inner(working),
        points,
        descriptors,
        light,
        as_bytes(cv2.resize(small, colours, interpolation=cv2.INTER_AREA))[..., 1:],
        hashlib.blake2b(working.tobytes(), digest_size=_DIGEST_BYTES).digest(),
    ).pack()


def _reduced(picture: Pixels, area: int) -> Pixels:
    """The picture with about so many pixels, unless it has fewer."""
    width, height = size_of(picture)
    scale = min(1.0, math.sqrt(area / (width * height)), LONGEST / max(width, height))
    if scale == 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return as_bytes(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _points(grey: Plane) -> tuple[Points, Descriptors]:
    keypoints, descriptors = cv2.SIFT.create(POINTS, enable_precise_upscale=True).detectAndCompute(
        grey, None
    )
    if not keypoints:
        return np.zeros((0, 2), np.float32), np.zeros((0, _NUMBERS), np.uint8)
    points = np.array([keypoint.pt for keypoint in keypoints], np.float32)
    return points[:POINTS], descriptors[:POINTS].astype(np.uint8)
