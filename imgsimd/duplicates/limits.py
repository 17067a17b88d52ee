"""How near two vectors are if their pictures may be copies of one another, or look alike.

Measured with efficientnet-lite0 among 2,704 labelled photos, of which 250 were changed. Within 0.8
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

from imgsimd.closeness import Closeness
from imgsimd.vectors import Vectors

COPY_SHARE, SIMILAR_SHARE = 0.6, 0.34
"""Of the distance that two photos usually have: the limits of efficientnet-lite0, in proportion.
They are for models that nobody has measured."""
MOST_COPIES = 4
"""With so many of its nearest a photo is compared, and with all whose nearest it is."""
MOST_SIMILAR = 16
VERSION = 1
"""Of these limits; to be raised when one changes, so that all photos are compared again."""
SAMPLE = 512
"""Photos of which the distance between any two is taken, to judge an unknown model."""
TOO_FEW = 32
"""So few photos may be one scene and its copies: how far apart photos usually are is then unknown,
and each is compared with its nearest, however far they are."""
FARTHEST = 2.0
"""No two unit vectors are farther apart."""

Fetch: TypeAlias = Callable[[NDArray[np.int64]], Awaitable[tuple[NDArray[np.bool_], Vectors]]]


@dataclass(frozen=True, slots=True)
class Limits:
    """For the vectors of one model. Distances are at most 2."""

    copy_distance: float
    similar_distance: float
    most_copies: int = MOST_COPIES
    most_similar: int = MOST_SIMILAR

    @classmethod
    async def of(cls, closeness: Closeness, fetch: Fetch, count: int) -> Limits:
        """For the model of this closeness, and so many contents, whose vectors are fetched by their
        numbers.

        Where the model's own limits are not known, they are in proportion to how far from each
        other two of these photos usually are.
        """
        copy, similar = closeness.copy_distance, closeness.similar_distance
        if copy is None or similar is None:
            _, sample = await fetch(np.arange(0, count, max(1, count // SAMPLE))[:SAMPLE])
            usual, is_usual = _usual(sample), len(sample) > TOO_FEW
            copy = (COPY_SHARE * usual if is_usual else FARTHEST) if copy is None else copy
            similar = SIMILAR_SHARE * usual if similar is None else similar
        return cls(copy, similar)


def _usual(sample: Vectors) -> float:
    """The median distance between two of these; 0 if there are no two."""
    if len(sample) < 2:
        return 0.0
    products = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
    return float(np.sqrt(max(0.0, 2 - 2 * np.median(products))))
