"""Groups of photos that show the same shot, in other files: smaller, cropped, recompressed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import chain

import numpy as np

from imgsimd.duplicates.comparing import Comparing
from imgsimd.duplicates.decided import Decided
from imgsimd.duplicates.limits import Limits
from imgsimd.duplicates.nearing import near_pairs
from imgsimd.duplicates.progress import Progress, Stage, Tell
from imgsimd.duplicates.shelf import Shelf
from imgsimd.duplicates.stars import Star, connected, partners, stars
from imgsimd.duplicates.vetoes import FolderRule, are_one_shot, one_shot_of
from imgsimd.gallery.catalog.photos import Photo

_TOGETHER = 128
"""Pairs whose photos are read, and whose pictures are compared, at once."""
_MOST_WITH_ALL = 50
"""In so small a heap of copies, each keeper is compared with all; in a larger one, with those that
are near it."""


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
        for heap in connected(self._partners()):
            self._tell(Progress(Stage.GROUPING))
            for star in await self._stars(sorted(heap)):
                yield star

    def _partners(self) -> dict[int, list[int]]:
        """The contents that are the same picture, except where a user has decided that they are
        not."""
        content, are_apart = self._shelf.inventory.content, self._decided.are_apart
        same = self._comparing.same()
        return partners((a, b) for a, b in same if not are_apart(content(a), content(b)))

    async def _stars(self, heap: Sequence[int]) -> list[Star]:
        """Groups among these contents, which hang together."""
        by_number = await self._shelf.of_numbers(heap)
        number_of = {photo.id: n for n, photos in by_number.items() for photo in photos}
        reach = await self._reach(heap)

        def able(keeper: Photo) -> list[Photo]:
            near = reach[number_of[keeper.id]]
            others = (photo for number in near for photo in by_number[number])
            return [other for other in others if self._may_join(keeper, other)]

        async def copies(keeper: Photo, others: Sequence[Photo]) -> list[Photo]:
            one = number_of[keeper.id]
            await self._compare_with(keeper, [(number_of[other.id], other) for other in others])
            is_same = self._comparing.is_same
            same = [other for other in others if is_same(one, number_of[other.id])]
            return one_shot_of(keeper, same)

        photos = [photo for photos in by_number.values() for photo in photos]
        return await stars(self._shelf.ranking.ordered(photos), able, copies)

    def _may_join(self, keeper: Photo, other: Photo) -> bool:
        return (
            keeper.content != other.content
            and self._rule(keeper, other)
            and are_one_shot(keeper, other)
            and not self._decided.are_apart(keeper.content, other.content)
        )

    async def _compare_with(self, keeper: Photo, others: Sequence[tuple[int, Photo]]) -> None:
        """Compares the keeper with those of the others with which it was not compared yet."""
        (number,) = self._shelf.inventory.numbers([keeper.content]).tolist()
        is_compared = self._comparing.is_compared
        new = {n: (keeper, other) for n, other in others if not is_compared(number, n)}
        pairs = list(new.values())
        for start in range(0, len(pairs), _TOGETHER):
            await self._comparing.compare(pairs[start : start + _TOGETHER])

    async def _reach(self, heap: Sequence[int]) -> dict[int, Sequence[int]]:
        """For each of these contents, which others may be copies of it."""
        if len(heap) <= _MOST_WITH_ALL:
            return dict.fromkeys(heap, heap)
        numbers = np.array(heap)
        has_vector, vectors = await self._shelf.vectors(numbers)
        numbers = numbers[has_vector]
        least = 1 - self._limits.copy_distance**2 / 2
        found: dict[int, Sequence[int]] = dict.fromkeys(heap, ())
        for number, vector in zip(numbers.tolist(), vectors, strict=True):
            found[number] = numbers[vectors @ vector >= least].tolist()
        return found


def _by_neighbourhood(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs in an order in which those of one photo are close together, as far as possible: so
    its features, which are kept for a while, are computed once and not again and again."""
    heaps = connected(partners(pairs))
    place = {number: n for n, number in enumerate(chain.from_iterable(heaps))}
    return sorted(pairs, key=lambda pair: sorted(map(place.__getitem__, pair), reverse=True))
