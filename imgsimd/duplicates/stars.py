"""Groups in which every photo was compared with the one that is kept.

Two copies of one photo may differ from each other more than either does from the photo. A group
that grew from copy to copy would end at a photo that has nothing in common with the first, so each
member must be a copy of the keeper itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

from imgsimd.gallery.catalog.photos import Photo
from imgsimd.types import ImageId

Members: TypeAlias = Callable[[Photo, Set[ImageId]], Awaitable[Sequence[Photo]]]
"""Which photos are copies of the first, of those whose ids are in the set; the best first."""


@dataclass(frozen=True, slots=True)
class Star:
    """A photo to keep, and what is a copy of it."""

    keeper: Photo
    members: Sequence[Photo]
    """At least one, the best first."""


async def stars(ordered: Sequence[Photo], members: Members) -> list[Star]:
    """Groups of these photos, which come with the best first: it is the first keeper, and whatever
    is a copy of it leaves the others, of which the best is the next keeper. A photo that is in no
    group has no copy among those that were left when its turn came."""
    found: list[Star] = []
    left = {photo.id for photo in ordered}
    for keeper in ordered:
        if keeper.id not in left:
            continue
        left.remove(keeper.id)
        if copies := await members(keeper, left):
            found.append(Star(keeper, copies))
            left.difference_update(photo.id for photo in copies)
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
