"""Groups in which every photo was compared with the one that is kept.

Two copies of one photo may differ from each other more than either does from the photo. A group
that grew from copy to copy would end at a photo that has nothing in common with the first, so each
member must be a copy of the keeper itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from imgsimd.gallery.catalog.photos import Photo

T = TypeVar("T", int, bytes)

MayJoin: TypeAlias = Callable[[Photo, Photo], bool]
"""Whether the second may be in a group whose keeper is the first."""
Copies: TypeAlias = Callable[[Photo, Sequence[Photo]], Awaitable[Sequence[Photo]]]
"""Which of these photos are copies of the first."""


@dataclass(frozen=True, slots=True)
class Star:
    """A photo to keep, and what is a copy of it."""

    keeper: Photo
    members: Sequence[Photo]
    """At least one, the best first."""


async def stars(ordered: Sequence[Photo], may_join: MayJoin, copies: Copies) -> list[Star]:
    """Groups of these photos, which come with the best first: it is the first keeper, and whatever
    is a copy of it leaves the others, of which the best is the next keeper. A photo that is in no
    group has no copy among those that were left when its turn came."""
    found: list[Star] = []
    left = list(ordered)
    while len(left) > 1:
        keeper, rest = left[0], left[1:]
        able = [photo for photo in rest if may_join(keeper, photo)]
        members = await copies(keeper, able) if able else []
        if members:
            found.append(Star(keeper, members))
        taken = {photo.id for photo in members}
        left = [photo for photo in rest if photo.id not in taken]
    return found


def connected(pairs: Mapping[T, Sequence[T]]) -> Iterator[list[T]]:
    """What hangs together, directly or through others: groups of at least two. Every one of a pair
    is a key of `pairs`, with all its partners."""
    seen: set[T] = set()
    for start in pairs:
        if start in seen:
            continue
        seen.add(start)
        group, ahead = [start], [start]
        while ahead:
            new = [n for n in pairs[ahead.pop()] if n not in seen]
            new = list(dict.fromkeys(new))
            seen.update(new)
            group += new
            ahead += new
        if len(group) > 1:
            yield group
