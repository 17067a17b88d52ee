"""Whether two pictures agree pixel by pixel where they show the same.

Points agree, too, where a person has moved, and on two packages of one kind. So the small pictures
are laid over each other and compared in windows, each as SSIM compares structure (Wang et al.
2004): what differs in light and contrast alone agrees, what moved does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from imgsimd.geometry.arrays import Plane, Values, as_bytes, as_values
from imgsimd.geometry.overlay import Overlay

WINDOW = 11
"""Pixels of each side of a window, of the small picture."""
SMOOTHING = 1.0
"""Standard deviation of the blur, in pixels, that takes away noise and JPEG's blocks."""
NOISE = 30.0
"""Variance, in squared steps of 255, below which a window is plain."""
BRIGHTEST, DARKEST = 248, 5
"""Beyond these, brightening has cut off what was there."""
MOST_GAIN = 4.0
"""The contrast of the one may be so many times that of the other."""
FEWEST_PIXELS = 100
"""Of the overlap; with fewer there is nothing to compare."""
AGREES = 0.5
"""Of two windows: with less, they show different things."""
WORST = 2.0
"""Per cent of the windows that may agree less than `Agreement.worst` says."""
BAND = 0.22
"""Of the height: words are written on a picture in a band so high."""
BAND_WIDTH = 0.4
"""Of the width: so wide they are at least."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two pictures agree where they overlap. There is a window around each pixel; those
    that are plain in both pictures say nothing and are left out."""

    mean: float
    """Of all windows, from -1 to 1; 0 where there are none."""
    worst: float
    """What the windows that agree least have, without the very worst."""
    bad: float
    """The share of windows that show different things."""
    windows: int
    differing: float = 0.0
    """The share of the overlap that shows different things, plain windows counted."""


NOTHING = Agreement(0.0, 0.0, 1.0, 0)


class PixelCheck:
    """Two pictures laid over each other."""

    def __init__(self, overlay: Overlay) -> None:
        there, both = overlay.brought()
        here = overlay.coarse
        self._use = as_values(both * _is_whole(here) * _is_whole(there))
        self._likeness: Values = np.zeros(here.shape, np.float32)
        self._counts = np.zeros(here.shape, np.bool_)
        if self._use.sum() >= FEWEST_PIXELS:
            self._compare(_centred(here, self._use), _centred(there, self._use))

    def agreement(self) -> Agreement:
        return _agreement(self._likeness[self._counts], self._use.sum())

    def agreement_beside_words(self) -> Agreement:
        """The same without a band at the top or bottom, if only there they differ, and there over
        much of the width: words that were written on it."""
        bad = self._counts & (self._likeness < AGREES)
        rows, columns = (np.flatnonzero(bad.any(axis)) for axis in (1, 0))
        inside = np.flatnonzero(self._use.any(1))
        width = np.ptp(np.flatnonzero(self._use.any(0))) if len(inside) else 0
        if not len(rows) or np.ptp(columns) < BAND_WIDTH * width:
            return NOTHING
        height = inside[-1] - inside[0]
        rest = self._counts.copy()
        if rows[0] >= inside[-1] - BAND * height:
            rest[max(0, rows[0] - WINDOW) :] = False
        elif rows[-1] <= inside[0] + BAND * height:
            rest[: rows[-1] + WINDOW] = False
        else:
            return NOTHING
        return _agreement(self._likeness[rest], self._use.sum())

    def _compare(self, here: Values, there: Values) -> None:
        use, share = self._use, np.maximum(_mean(self._use), 1e-3)
        gain = _strength(here, use) / max(_strength(there, use), 1e-3)
        there = as_values(there * min(MOST_GAIN, max(1 / MOST_GAIN, gain)))
        mean_here, mean_there = _mean(here * use) / share, _mean(there * use) / share
        variance = _mean((here * here + there * there) * use) / share
        variance -= mean_here * mean_here + mean_there * mean_there
        both = _mean(here * there * use) / share - mean_here * mean_there
        self._likeness = as_values((2 * both + NOISE) / (variance + NOISE))
        self._counts = (variance > 2 * NOISE) & (share > 0.5) & (use > 0)


def _agreement(likeness: Values, overlap: float) -> Agreement:
    if likeness.size == 0:
        return NOTHING
    bad = likeness < AGREES
    return Agreement(
        float(likeness.mean()),
        float(np.percentile(likeness, WORST)),
        float(bad.mean()),
        likeness.size,
        float(bad.sum() / overlap),
    )


def _is_whole(picture: Plane) -> Plane:
    """1 where neither the pixel nor one beside it was cut off, else 0."""
    whole = ((picture >= DARKEST) & (picture <= BRIGHTEST)).astype(np.uint8)
    return as_bytes(cv2.erode(whole, np.ones((3, 3))))


def _centred(picture: Plane, use: Values) -> Values:
    """Without noise, and with a mean of 0 where it is used."""
    values = as_values(cv2.GaussianBlur(as_values(picture), (0, 0), SMOOTHING))
    return values - float((values * use).sum() / use.sum())


def _strength(values: Values, use: Values) -> float:
    return float(np.sqrt((values * values * use).sum() / use.sum()))


def _mean(values: Values) -> Values:
    """Of the window around each pixel."""
    window = (WINDOW, WINDOW)
    return as_values(cv2.boxFilter(values, -1, window, borderType=cv2.BORDER_CONSTANT))
