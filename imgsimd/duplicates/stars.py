"""Groups in which every photo was compared with the one that is kept.

Two copies of one photo may differ from each other more than either does from the photo. A group
that grew from copy to copy would end at a photo that has nothing in common with the first, so each
member must be a copy of the keeper itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from imgsimd.gallery.catalog.photos import Photo

Able: TypeAlias = Callable[[Photo], Sequence[Photo]]
"""Which photos could be copies of this one; no others are asked about."""
Copies: TypeAlias = Callable[[Photo, Sequence[Photo]], Awaitable[Sequence[Photo]]]
"""Which of these photos are copies of the first, in their order."""


@dataclass(frozen=True, slots=True)
class Star:
    """A photo to keep, and what is a copy of it."""

    keeper: Photo
    members: Sequence[Photo]
    """At least one, the best first."""


async def stars(ordered: Sequence[Photo], able: Able, copies: Copies) -> list[Star]:
    """Groups of these photos, which come with the best first: it is the first keeper, and whatever
    is a copy of it leaves the others, of which the best is the next keeper. A photo that is in no
    group has no copy among those that were left when its turn came."""
    found: list[Star] = []
    ranks = {photo.id: rank for rank, photo in enumerate(ordered)}
    taken: set[int] = set()
    for rank, keeper in enumerate(ordered):
        if keeper.id in taken:
            continue
        left = {p.id: p for p in able(keeper) if ranks.get(p.id, -1) > rank and p.id not in taken}
        others = sorted(left.values(), key=lambda photo: ranks[photo.id])
        members = await copies(keeper, others) if others else []
        if members:
            found.append(Star(keeper, members))
        taken.update(photo.id for photo in members)
    return found


def partners(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """For each number in a pair, the others that it is in a pair with."""
    found: dict[int, list[int]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


def connected(partners: Mapping[int, Sequence[int]]) -> Iterator[list[int]]:
    """What hangs together, directly or through others. Every number is a key of `partners`, and
    each is among the partners of its partners."""
    seen: set[int] = set()
    for start in partners:
        if start in seen:
            continue
        heap = [start]
        seen.add(start)
        for number in heap:  # which grows meanwhile
            new = set(partners[number]) - seen
            seen |= new
            heap += sorted(new)
        yield heap
