"""How near two vectors are if their pictures may be copies of one another, or look alike.

Measured with the built-in model among 2,704 labelled photos, of which 250 were changed. Within 0.8
of the photo are all copies that were recompressed, mirrored, made brighter, half as large, or
thumbnails of 128 pixels; 99 % of those that were turned by 10 degrees, or got a border; 72 % of
grey ones, and 71 % of those turned by 90 degrees; all crops of 80 %, and 96 % of 60 %. But within
0.8 a photo has 83 others of its kind. So it is compared with its nearest few only: with four of
them, and with those of which it is one of the four nearest, as many copies are found, except for
crops of 60 % (72 %). With eight, these would be 83 %, at twice the cost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.model_switch import Served
from imgsimd.vectors import Vectors

COPY_DISTANCE = 0.8
SIMILAR_DISTANCE = 0.45
"""Within it, two photos of the built-in model are of one scene: a third of the labelled photos, of
which there are a hundred of each kind, have another one there; 3 % of those that differ more."""
MOST_COPIES = 4
"""With so many of its nearest a photo is compared, and with all whose nearest it is."""
MOST_SIMILAR = 16
VERSION = 1
"""Of these limits; to be raised when one changes, so that all photos are compared again."""
SAMPLE = 512
"""Photos of which the distance between any two is taken, to judge an unknown model."""
BUILT_IN = "efficientnet-lite0"
TYPICAL = 1.34
"""The median distance between two of the labelled photos, by the built-in model."""


Fetch: TypeAlias = Callable[[NDArray[np.int64]], Awaitable[tuple[NDArray[np.bool_], Vectors]]]


@dataclass(frozen=True, slots=True)
class Limits:
    """For the vectors of one model. Distances are at most 2."""

    copy_distance: float = COPY_DISTANCE
    similar_distance: float = SIMILAR_DISTANCE
    most_copies: int = MOST_COPIES
    most_similar: int = MOST_SIMILAR

    @classmethod
    async def of(cls, model: Served, fetch: Fetch, count: int) -> Limits:
        """For this model, and so many contents, whose vectors are fetched by their numbers.

        For another model than the built-in one, the limits are in proportion to how far from each
        other two of its photos usually are.
        """
        if model.name == BUILT_IN:
            return cls()
        _, sample = await fetch(np.arange(0, count, max(1, count // SAMPLE))[:SAMPLE])
        scale = _typical(sample) / TYPICAL
        return cls(min(2.0, COPY_DISTANCE * scale), min(2.0, SIMILAR_DISTANCE * scale))


def _typical(sample: Vectors) -> float:
    """The median distance between two of these."""
    if len(sample) < 2:
        return TYPICAL
    products = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
    return float(np.sqrt(max(0.0, 2 - 2 * np.median(products))))
