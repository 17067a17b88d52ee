"""Views of a picture that is asked about: in one of them, a stored photo may lie near to it.

Runs in the worker only.

Asked among 3,604 photos, turned copies are among the first 50 in .845 of all cases without these
views, and always with them; photos in the screenshot of a phone in .745 and .995. Not worth it: the
picture mirrored, grey, blurred, or its centre.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from imgsimd.decoding.picture import Pixels
from imgsimd.geometry.trimming import trimmed

TURNED_PENALTY = 0.07
"""Without it, photos that happen to look like the turned picture take the places of 1 to 2 % of the
crops."""


class View(NamedTuple):
    """A picture, and by how much farther than it is a photo counts that lies near to it."""

    pixels: Pixels
    penalty: float


def further(picture: Pixels) -> Iterator[View]:
    """The views besides the picture as it is."""
    if (inside := trimmed(picture)) is not None:
        yield View(inside, 0.0)
    for quarters in (1, 2, 3):
        yield View(np.rot90(picture, quarters), TURNED_PENALTY)
