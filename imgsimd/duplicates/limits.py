"""How near two vectors are if their pictures may be copies of one another, or look alike.

Measured with the built-in model among 2,704 labelled photos, of which 250 were changed: all copies
that were recompressed, mirrored, made brighter or half as large are within 0.6; 99 % of thumbnails
of 128 pixels, 98 % of those turned by 10 degrees, 94 % of those with a border, all crops of 80 %
and 77 % of 60 % are within 0.7, as are 42 % of grey ones. Within 0.7 a photo has 16 others, so only
the nearest few are compared: of each kind, at least 98 % of the copies within 0.7 are the other's
first four, except for crops of 60 % (97 %) and corners.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.model_switch import Served
from imgsimd.vectors import Vectors

COPY_DISTANCE = 0.7
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
