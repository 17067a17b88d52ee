"""Groups of photos that look alike and are no copies of each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set

import numpy as np

from imgsimd.duplicates import stars
from imgsimd.duplicates.comparing import Comparing
from imgsimd.duplicates.decided import Decided
from imgsimd.duplicates.limits import Limits
from imgsimd.duplicates.nearing import near_pairs
from imgsimd.duplicates.progress import Tell
from imgsimd.duplicates.shelf import Shelf
from imgsimd.duplicates.stars import Star
from imgsimd.duplicates.vetoes import FolderRule, is_raw_and_developed
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.types import ImageId


async def find_lookalikes(
    shelf: Shelf,
    comparing: Comparing,
    rule: FolderRule,
    decided: Decided,
    limits: Limits,
    tell: Tell,
    gone: Collection[ImageId],
) -> list[Star]:
    """All groups. What is `gone` is a copy of another photo, which stands for it."""
    partners = await _partners(shelf, comparing, limits, tell)
    photos = await shelf.of_numbers(partners)
    number_of = {photo.id: n for n, each in photos.items() for photo in each}

    async def members(keeper: Photo, left: Set[ImageId]) -> Sequence[Photo]:
        near = (photo for n in partners[number_of[keeper.id]] for photo in photos[n])
        return shelf.ranking.ordered(
            [
                other
                for other in near
                if other.id in left
                and rule(keeper, other)
                and not is_raw_and_developed(keeper, other)
                and not decided.are_apart(keeper.content, other.content)
            ]
        )

    left = [p for each in photos.values() for p in each if p.id not in gone]
    return await stars.stars(shelf.ranking.ordered(left), members)


async def _partners(
    shelf: Shelf, comparing: Comparing, limits: Limits, tell: Tell
) -> dict[int, list[int]]:
    """Contents that are near each other and not the same picture."""
    everything = len(shelf.inventory)
    pairs = await near_pairs(
        shelf.vectors,
        np.arange(everything),
        everything,
        limits.similar_distance,
        limits.most_similar,
        tell,
    )
    near = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    return stars.partners(pair for pair in near if not comparing.is_same(*pair))
