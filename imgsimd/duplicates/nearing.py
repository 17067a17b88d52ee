"""Which photos are near each other by their vectors.

All are compared with all, exactly, as a search does; but many at once, and each pair once. The
gallery's thread only hands out vectors, so that questions are answered meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.duplicates.inventory import Numbers
from imgsimd.duplicates.nearest import Nearest, Pairs
from imgsimd.duplicates.progress import Progress, Stage, Tell
from imgsimd.gallery.vectors.nearby import nearby
from imgsimd.vectors import Vectors

Fetch: TypeAlias = Callable[[Numbers], Awaitable[tuple[NDArray[np.bool_], Vectors]]]
"""Which of these have a vector, and their vectors, in their order."""

ROWS, COLUMNS = 2048, 4096
"""Compared in one go. With 960 numbers each it takes 140 ms of one core, 24 MB of vectors, and 130
MB at the very worst, where all are near each other."""


async def near_pairs(
    fetch: Fetch, rows: Numbers, everything: int, limit: float, most: int, tell: Tell
) -> Pairs:
    """The pairs of which at least one is among `rows`, the other anything below `everything`, and
    which are at most `limit` apart: of each photo, the `most` nearest ones."""
    nearest = Nearest(most)
    columns = np.arange(everything)
    is_new = np.zeros(everything, np.bool_)
    is_new[rows] = True
    total = len(rows) * everything
    for start in range(0, len(rows), ROWS):
        block = rows[start : start + ROWS]
        # Of two new photos, the pair is found from the smaller number.
        others = columns[~is_new | (columns > block[0])]
        has_vector, mine = await fetch(block)
        block = block[has_vector]
        for place in range(0, len(others), COLUMNS):
            part = others[place : place + COLUMNS]
            has_vector, theirs = await fetch(part)
            part = part[has_vector]
            found = await asyncio.to_thread(nearby, mine, theirs, limit)
            one, other = block[found.row], part[found.column]
            is_first = (one < other) | ~is_new[other]
            nearest.add(one[is_first], other[is_first], found.distance[is_first])
            tell(Progress(Stage.NEARING, start * everything + len(block) * place, total))
    return await asyncio.to_thread(nearest.pairs)
