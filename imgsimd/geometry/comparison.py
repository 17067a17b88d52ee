"""Compare two pictures by their features."""

from __future__ import annotations

from imgsimd.geometry.alignment import align, inverse
from imgsimd.geometry.description import describe
from imgsimd.geometry.features import Features
from imgsimd.verification import Verdict, Verification

SURE, LIKELY = 25, 12


def compare(asked: bytes, stored: bytes) -> Verification:
    """Whether the asked picture is a copy of the stored one, from packed features of both. The
    other way round, the verdict is the same. Raises ValueError if these are no features."""
    if stored < asked:
        return _compare(Features.unpack(asked), Features.unpack(stored), is_swapped=False)
    return _compare(Features.unpack(stored), Features.unpack(asked), is_swapped=True)


def _compare(one: Features, other: Features, is_swapped: bool) -> Verification:
    alignment = align(one, other)
    if alignment is None:
        return Verification(Verdict.NO)
    if alignment.inliers < LIKELY:
        return Verification(Verdict.NO, alignment.inliers)
    verdict = Verdict.SAME if alignment.inliers >= SURE else Verdict.PROBABLY
    if is_swapped:
        transform = describe(other, one, inverse(alignment.matrix))
    else:
        transform = describe(one, other, alignment.matrix)
    return Verification(verdict, alignment.inliers, transform)
