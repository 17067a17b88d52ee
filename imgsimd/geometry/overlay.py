"""Two small pictures laid over each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from imgsimd.geometry.arrays import Box, Matrix, Plane, as_bytes, size_of
from imgsimd.geometry.features import Features
from imgsimd.geometry.mapping import inverse, is_proper, resizing, slope

ROUNDS = 12
"""So often an alignment is improved; most need half of it."""
GAIN = 1e-4
"""Less gain of correlation in a round ends it."""
FILTER = 5
"""Pixels of ECC's own blur, its default."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A coarse picture, a fine one, and how to bring the fine one's pixels to the coarse one's."""

    coarse: Plane
    fine: Plane
    coarse_mask: Plane
    """255 where it counts."""
    fine_mask: Plane
    matrix: Matrix
    """From pixels of the coarse picture to those of the fine one."""
    is_swapped: bool
    """Whether the coarse picture is the other one."""

    @classmethod
    def of(cls, one: Features, other: Features, matrix: Matrix, inner: bool = False) -> Overlay:
        """The matrix maps working pixels of the one to those of the other. `inner`: borders do not
        count."""
        small = _small(other) @ matrix @ inverse(_small(one))
        masks = _mask(one, inner), _mask(other, inner)
        if slope(small, size_of(one.light)) >= 1:
            return cls(one.light, other.light, *masks, small, False)
        return cls(other.light, one.light, *masks[::-1], inverse(small), True)

    def working(self, one: Features, other: Features) -> Matrix:
        """From working pixels of the one to those of the other."""
        small = inverse(self.matrix) if self.is_swapped else self.matrix
        return inverse(_small(other)) @ small @ _small(one)

    def refined(self, motion: int) -> Overlay | None:
        """With the matrix of this kind (cv2.MOTION_AFFINE or cv2.MOTION_HOMOGRAPHY) at which the
        two correlate best (Evangelidis and Psarakis 2008); None if there is none near."""
        start = (self.matrix / self.matrix[2, 2]).astype(np.float32)
        rows = 3 if motion == cv2.MOTION_HOMOGRAPHY else 2
        stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, ROUNDS, GAIN)
        try:
            _, found = cv2.findTransformECCWithMask(
                self.coarse, self.blurred(), self.coarse_mask, self.fine_mask, start[:rows],
                motion, stop, FILTER,
            )  # fmt: skip
        except cv2.error:
            return None
        matrix = np.eye(3)
        matrix[:rows] = found
        if not is_proper(matrix, size_of(self.coarse)):
            return None
        return replace(self, matrix=matrix)

    def blurred(self) -> Plane:
        """The fine picture with what the coarse one cannot show taken away."""
        shrinking = slope(self.matrix, size_of(self.coarse))
        if shrinking < 1.2:
            return self.fine
        deviation = 0.45 * float(np.sqrt(shrinking**2 - 1))
        return as_bytes(cv2.GaussianBlur(self.fine, (0, 0), deviation))

    def brought(self) -> tuple[Plane, Plane]:
        """The fine picture in the coarse one's pixels; and where both pictures are: 1, else 0."""
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = size_of(self.coarse)
        there = cv2.warpPerspective(self.blurred(), self.matrix, size, flags=how)
        mask = cv2.warpPerspective(self.fine_mask, self.matrix, size, flags=how)
        both = ((mask == 255) & (self.coarse_mask == 255)).astype(np.uint8)
        return as_bytes(there), as_bytes(cv2.erode(both, np.ones((5, 5)), borderValue=0))


def _small(features: Features) -> Matrix:
    """From working pixels to those of the small picture."""
    return resizing(features.size, size_of(features.light))


def _mask(features: Features, inner: bool) -> Plane:
    """255 in the small picture, or where it is no border; else 0."""
    if not inner:
        return np.full(features.light.shape, 255, np.uint8)
    mask = np.zeros(features.light.shape, np.uint8)
    left, top, right, bottom = _scaled(features.inner, features)
    mask[top:bottom, left:right] = 255
    return mask


def _scaled(box: Box, features: Features) -> Box:
    """In pixels of the small picture; without those that the border shares."""
    x, y = (a / b for a, b in zip(size_of(features.light), features.size, strict=True))
    left, top, right, bottom = box
    width, height = features.size
    return (
        int(np.ceil(left * x)) + (left > 0),
        int(np.ceil(top * y)) + (top > 0),
        int(right * x) - (right < width),
        int(bottom * y) - (bottom < height),
    )
