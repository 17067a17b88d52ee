"""From how two pictures agree and how their frames lie: is one a copy of the other?

The numbers were chosen with `tests.benchmarks.copies`: copies of 26 kinds on one side; on the other
bursts made from photos, frames of films, and the photos of one shelf in a shop, taken one after the
other, in the labelled sets.
"""

from __future__ import annotations

from dataclasses import dataclass

from imgsimd.geometry.framing import Framing
from imgsimd.geometry.pixel_check import Agreement
from imgsimd.verification import Verdict


@dataclass(frozen=True, slots=True)
class Level:
    """How well pictures must agree at least."""

    mean: float
    worst: float
    bad: float = 0.0002

    def is_reached(self, agreement: Agreement) -> bool:
        return (
            agreement.windows >= FEWEST_WINDOWS
            and agreement.mean >= self.mean
            and agreement.worst >= self.worst
            and agreement.bad <= self.bad
        )


FEWEST_WINDOWS = 250
"""Two squares of a shelf or a sky agree by chance; so many windows around a pixel each do not."""
PARALLEL = Level(mean=0.95, worst=0.8)
"""Frames are parallel, and one lies in the other: a camera hardly does that."""
TURNED = Level(mean=0.975, worst=0.88)
"""Turned around the middle of the frame, or seen in perspective with something around."""
TILTED = Level(mean=0.99, worst=0.93)
"""One lies in the other at an angle, as after straightening; or as after taking a step forward."""

MOST_OVERHANG = 0.8
"""Pixels. Copies of 384 pixels have 0.3 at most, hand-held bursts from 1.2 on."""
MOST_TILT = 0.3
"""Degrees. Copies have 0.1, those of pictures of 50 pixels 0.3."""
MOST_SKEW = 0.007
"""Copies have 0.004 at most, and another point of view seldom less than 0.01."""
LEAST_TURN = 4.0
"""Degrees. Nobody tilts a camera so much within a burst."""
MOST_APART = 0.004
"""Of the longer side."""
LEAST_SHARED, MOST_SHARED = 0.45, 0.9
"""A screen that was photographed fills most of the photo and has something around it. What is
smaller is rather another look at a part of the scene."""

MOST_COLOUR = 30.0
"""Steps. Copies have 25 at most, where brightening has cut off colours, and else 15."""

NEARLY_MEAN, NEARLY_SHARED = 0.7, 0.1
"""From these on, pictures are probably the same, or have a part in common."""


def judge(agreement: Agreement, framing: Framing, colours: float) -> Verdict:
    """`same` only where all agrees and the frames lie as those of a copy. For `colours` see
    `colour_check.py`."""
    if _level(framing).is_reached(agreement) and colours <= MOST_COLOUR:
        return Verdict.SAME
    is_near = agreement.mean >= NEARLY_MEAN and framing.shared >= NEARLY_SHARED
    return Verdict.PROBABLY if is_near else Verdict.NO


def is_parallel(framing: Framing) -> bool:
    """Whether one lies in the other, its edges parallel to the other's."""
    return (
        framing.overhang <= MOST_OVERHANG
        and framing.tilt <= MOST_TILT
        and framing.skew <= MOST_SKEW
    )


def _level(framing: Framing) -> Level:
    """What is demanded of frames that lie so; NEVER for those of another photo."""
    is_within = framing.overhang <= MOST_OVERHANG
    if is_parallel(framing):
        return PARALLEL
    if is_within and framing.skew > MOST_SKEW and LEAST_SHARED <= framing.shared <= MOST_SHARED:
        return TURNED
    if is_within and framing.skew <= MOST_SKEW:
        return TILTED
    is_in_place = framing.apart <= MOST_APART and framing.skew <= MOST_SKEW
    return TURNED if is_in_place and framing.tilt >= LEAST_TURN else NEVER


NEVER = Level(mean=2.0, worst=2.0)
