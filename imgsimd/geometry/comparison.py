"""Compare two pictures by their features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from imgsimd.geometry.alignment import Alignment, alignments
from imgsimd.geometry.arrays import Matrix
from imgsimd.geometry.colour_check import colours_apart
from imgsimd.geometry.description import describe
from imgsimd.geometry.features import Features
from imgsimd.geometry.framing import Framing
from imgsimd.geometry.mapping import inverse
from imgsimd.geometry.overlay import Overlay
from imgsimd.geometry.pixel_check import PixelCheck
from imgsimd.geometry.verdict import is_parallel, judge
from imgsimd.verification import Verdict, Verification

HOPELESS = 0.25
"""Where pictures agree less at first, no better alignment is looked for."""
EXACT = 0.98
"""Where they agree so well, perspective need not be looked for."""
SURE = 20
"""So many points do not agree by chance where pictures agree, too: no other alignment is tried."""
GOES_ON = 0.08
"""The share of the overlap that differs where one picture has a border and the other one goes on.
What moved on a plain background is smaller."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """What came of trying an alignment."""

    verdict: Verdict
    inliers: int
    matrix: Matrix
    """From working pixels of the one to those of the other."""

    def weight(self) -> tuple[bool, bool, int]:
        """The larger, the better."""
        return self.verdict is Verdict.SAME, self.verdict is Verdict.PROBABLY, self.inliers


def compare(asked: bytes, stored: bytes) -> Verification:
    """Whether the asked picture is a copy of the stored one, from packed features of both. The
    other way round, the verdict is the same. Raises ValueError if these are no features."""
    if stored < asked:
        return _compare(Features.unpack(asked), Features.unpack(stored), is_swapped=False)
    return _compare(Features.unpack(stored), Features.unpack(asked), is_swapped=True)


def _compare(one: Features, other: Features, is_swapped: bool) -> Verification:
    best = _best(one, other)
    if best is None:
        return Verification(Verdict.NO)
    if best.verdict is Verdict.NO:
        return Verification(Verdict.NO, best.inliers)
    if is_swapped:
        transform = describe(other, one, inverse(best.matrix))
    else:
        transform = describe(one, other, best.matrix)
    return Verification(best.verdict, best.inliers, transform)


def _best(one: Features, other: Features) -> _Proof | None:
    if (one.original, one.digest) == (other.original, other.digest):
        return _Proof(Verdict.SAME, len(one.points), np.eye(3))
    best = None
    for alignment in alignments(one, other):
        proof = _proof(one, other, alignment)
        if best is None or proof.weight() > best.weight():
            best = proof
        is_placed = proof.verdict is Verdict.PROBABLY and proof.inliers >= SURE
        if is_placed or proof.verdict is Verdict.SAME:
            break
    return best


def _proof(one: Features, other: Features, alignment: Alignment) -> _Proof:
    """The best of the alignment and what it becomes when it is improved; once more without the
    borders, if there are any and the other picture goes on behind them."""
    best = _Proof(Verdict.NO, alignment.inliers, alignment.matrix)
    for inner in (False, True):
        differing = 0.0
        for overlay, check in _improved(Overlay.of(one, other, alignment.matrix, inner)):
            matrix = overlay.working(one, other)
            framing = Framing.of(one, other, matrix, inner)
            verdict = _verdict(check, framing, colours_apart(one, other, matrix, inner))
            proof = _Proof(verdict, alignment.inliers, matrix)
            best = max(best, proof, key=_Proof.weight)
            if verdict is Verdict.SAME:
                return proof
            differing = check.agreement().differing
        if differing < GOES_ON or not (_is_bordered(one) or _is_bordered(other)):
            break
    return best


def _is_bordered(features: Features) -> bool:
    return features.inner != (0, 0, *features.size)


def _verdict(check: PixelCheck, framing: Framing, colours: float) -> Verdict:
    verdict = judge(check.agreement(), framing, colours)
    if verdict is Verdict.PROBABLY and is_parallel(framing):
        beside_words = judge(check.agreement_beside_words(), framing, 0.0)
        return Verdict.SAME if beside_words is Verdict.SAME else verdict
    return verdict


def _improved(overlay: Overlay) -> Iterator[tuple[Overlay, PixelCheck]]:
    """The overlay, and better ones."""
    check = PixelCheck(overlay)
    mean = check.agreement().mean
    if mean < HOPELESS:
        return
    yield overlay, check
    for motion in (cv2.MOTION_AFFINE, cv2.MOTION_HOMOGRAPHY):
        if motion == cv2.MOTION_HOMOGRAPHY and mean >= EXACT:
            return
        refined = overlay.refined(motion)
        better = None if refined is None else PixelCheck(refined)
        if refined is not None and better is not None and better.agreement().mean > mean:
            overlay, mean = refined, better.agreement().mean
            yield refined, better
