"""Groups of photos that show the same shot, in other files: smaller, cropped, recompressed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence, Set
from itertools import chain

from imgsimd.duplicates.comparing import Comparing
from imgsimd.duplicates.decided import Decided
from imgsimd.duplicates.limits import Limits
from imgsimd.duplicates.nearing import near_pairs
from imgsimd.duplicates.progress import Progress, Stage, Tell
from imgsimd.duplicates.shelf import Shelf
from imgsimd.duplicates.stars import Star, connected, partners, stars
from imgsimd.duplicates.vetoes import FolderRule, are_one_shot, one_shot_of
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.types import ImageId

_TOGETHER = 128
"""Pairs whose photos are read, and whose pictures are compared, at once."""
_MOST_WITH_ALL = 50
"""In so small a heap of copies, each keeper is compared with all. In a larger one it is compared
with those that are known to be copies of it, then with the copies of those that are, and so on:
that takes no more comparisons than there are pairs."""


class Copies:
    """Finds copies by their vectors, and compares their pictures."""

    def __init__(
        self,
        shelf: Shelf,
        comparing: Comparing,
        rule: FolderRule,
        decided: Decided,
        limits: Limits,
        tell: Tell,
    ) -> None:
        self._shelf = shelf
        self._comparing = comparing
        self._rule = rule
        self._decided = decided
        self._limits = limits
        self._tell = tell

    async def compare_all(self) -> None:
        """Compares all pairs that may be copies, and were not compared before."""
        comparing, limits = self._comparing, self._limits
        rows = await comparing.not_compared()
        pairs = await near_pairs(
            self._shelf.vectors,
            rows,
            len(self._shelf.inventory),
            limits.copy_distance,
            limits.most_copies,
            self._tell,
        )
        pairs = pairs.chosen(~comparing.is_known(pairs))
        new = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        every = await asyncio.to_thread(_by_neighbourhood, [*new, *comparing.outdated])
        failed = await self._compare(every)
        await comparing.note_compared([n for n in rows.tolist() if n not in failed])

    async def _compare(self, pairs: Sequence[tuple[int, int]]) -> set[int]:
        """Compares contents; returns those that could not be compared. While nobody has read when a
        photo was taken, nobody knows whether it is another shot."""
        failed: set[int] = set()
        for start in range(0, len(pairs), _TOGETHER):
            self._tell(Progress(Stage.VERIFYING, start, len(pairs)))
            part = pairs[start : start + _TOGETHER]
            photos = await self._shelf.of_numbers({number for pair in part for number in pair})
            unknown = {n for n, each in photos.items() if not each or not each[0].is_described}
            able = [
                (photos[one][0], photos[other][0])
                for one, other in part
                if not {one, other} & unknown and self._may_be_copies(photos[one], photos[other])
            ]
            failed |= unknown | await self._comparing.compare(able)
        return failed

    def _may_be_copies(self, mine: Sequence[Photo], others: Sequence[Photo]) -> bool:
        """Whether nothing but the picture says that two contents are no copies, or that none of
        their photos may be kept for another."""
        if not are_one_shot(mine[0], others[0]):
            return False
        if not self._rule.has_protected:
            return True
        pairs = ((one, other) for one in mine for other in others)
        return any(self._rule(one, other) or self._rule(other, one) for one, other in pairs)

    async def find(self) -> AsyncIterator[Star]:
        """All groups."""
        self._shelf.greyed = self._comparing.greyed
        content, are_apart = self._shelf.inventory.content, self._decided.are_apart
        pairs = self._comparing.same()
        same = partners((a, b) for a, b in pairs if not are_apart(content(a), content(b)))
        for heap in connected(same):
            self._tell(Progress(Stage.GROUPING))
            for star in await self._stars(sorted(heap), same):
                yield star

    async def _stars(self, heap: Sequence[int], same: Mapping[int, Sequence[int]]) -> list[Star]:
        """Groups among these contents, which hang together; `same` are the pairs by which they
        do."""
        by_number = await self._shelf.of_numbers(heap)
        number_of = {photo.id: n for n, photos in by_number.items() for photo in photos}
        ranking, is_small = self._shelf.ranking, len(heap) <= _MOST_WITH_ALL

        async def members(keeper: Photo, left: Set[ImageId]) -> Sequence[Photo]:
            found: list[Photo] = []
            tried: set[int] = set()
            ahead = set(heap if is_small else same[number_of[keeper.id]])
            while ahead:
                near = [p for n in sorted(ahead) for p in by_number[n] if p.id in left]
                new = await self._copies_of(keeper, near)
                found += new
                tried |= ahead
                further = {n for p in new for n in same[number_of[p.id]]}
                ahead = set() if is_small else further - tried
            return one_shot_of(keeper, ranking.ordered(found))

        photos = [photo for photos in by_number.values() for photo in photos]
        return await stars(ranking.ordered(photos), members)

    async def _copies_of(self, keeper: Photo, others: Sequence[Photo]) -> list[Photo]:
        """Those of the others that show the same picture as the keeper, and may be in its group.
        Compares those that were not compared with it yet."""
        able = [other for other in others if self._may_join(keeper, other)]
        (number,) = self._shelf.inventory.numbers([keeper.content]).tolist()
        numbers = self._shelf.inventory.numbers([other.content for other in able]).tolist()
        is_compared, is_same = self._comparing.is_compared, self._comparing.is_same
        new = {n: p for n, p in zip(numbers, able, strict=True) if not is_compared(number, n)}
        pairs = [(keeper, other) for other in new.values()]
        for start in range(0, len(pairs), _TOGETHER):
            await self._comparing.compare(pairs[start : start + _TOGETHER])
        return [other for other, n in zip(able, numbers, strict=True) if is_same(number, n)]

    def _may_join(self, keeper: Photo, other: Photo) -> bool:
        return (
            keeper.content != other.content
            and self._rule(keeper, other)
            and are_one_shot(keeper, other)
            and not self._decided.are_apart(keeper.content, other.content)
        )


def _by_neighbourhood(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs in an order in which those of one photo are close together, as far as possible: so
    its features, which are kept for a while, are computed once and not again and again."""
    heaps = connected(partners(pairs))
    place = {number: n for n, number in enumerate(chain.from_iterable(heaps))}
    return sorted(pairs, key=lambda pair: sorted(map(place.__getitem__, pair), reverse=True))
