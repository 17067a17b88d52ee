"""Compares the pictures of pairs, and remembers what came of it: no pair is compared twice."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from imgsimd import verification
from imgsimd.duplicates import limits
from imgsimd.duplicates.inventory import Inventory, Numbers
from imgsimd.duplicates.nearest import Pairs
from imgsimd.gallery.catalog.comparisons import Comparison
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import ContentHash, ImageId
from imgsimd.verification import Verdict, Verification

_PAGE = 2000
"""Outcomes read in one visit: some milliseconds."""


class PairVerifier(Protocol):
    """Compares the pictures of photos."""

    async def verify_pairs(
        self, pairs: Sequence[tuple[ImageId, ImageId]]
    ) -> Sequence[Verification | None]:
        """What is known of each pair: the first is asked whether it is the second. None where a
        photo could not be read."""


class Comparing:
    """Outcomes by the numbers of two contents. Those that say no take 8 bytes each."""

    def __init__(
        self,
        gallery: GalleryThread,
        verifier: PairVerifier,
        inventory: Inventory,
        is_about_all: bool,
        model: Served,
    ) -> None:
        """`is_about_all` says whether the inventory has all photos that are shown: then it is
        remembered that all were compared, and what is about contents that are gone is dropped.
        `model` is the one by whose vectors photos are near each other."""
        self._gallery = gallery
        self._verifier = verifier
        self._inventory = inventory
        self._is_about_all = is_about_all
        self._model = model
        self._known: NDArray[np.int64] = np.empty(0, np.int64)
        """The keys of pairs that were compared before, in order."""
        self._new: set[int] = set()
        self._alike: dict[int, dict[ContentHash, Verification]] = {}
        """Of pairs that are the same, or probably so, what came of it, by the content that was
        asked about."""
        self.outdated: list[tuple[int, int]] = []
        """Pairs that another version has compared."""
        self.greyed: set[ContentHash] = set()
        """Contents that are grey copies of one in colour."""

    async def load(self) -> None:
        """Reads what was stored."""
        known, after = array("q"), 0
        while page := await self._gallery.do(_comparisons, after):
            after = page[-1][0]
            stray = self._take(page, known)
            if self._is_about_all and stray:
                await self._gallery.do(_drop_stray, stray)
        self._known = np.sort(np.array(known, np.int64))

    def _take(self, page: Sequence[tuple[int, Comparison, int]], known: array[int]) -> list[int]:
        """Takes in what was read; returns the keys of rows that are about other contents."""
        asked = self._inventory.numbers([each.asked for _, each, _ in page]).tolist()
        stored = self._inventory.numbers([each.stored for _, each, _ in page]).tolist()
        stray = []
        for (row, each, version), one, other in zip(page, asked, stored, strict=True):
            if one < 0 or other < 0:
                stray.append(row)
            elif version != verification.VERSION:
                self.outdated.append((one, other))
            else:
                known.append(self._key(one, other))
                if each.outcome is not None:
                    outcome = Verification.unpack(each.outcome)
                    self._remember(self._key(one, other), each.asked, outcome)
        return stray

    # What is known

    def is_known(self, pairs: Pairs) -> NDArray[np.bool_]:
        """Which of the pairs were compared before this search."""
        return np.isin(pairs.first * len(self._inventory) + pairs.second, self._known)

    def is_compared(self, one: int, other: int) -> bool:
        """Whether these two were compared, before or since."""
        key = self._key(one, other)
        place = int(np.searchsorted(self._known, key))
        is_known = place < len(self._known) and self._known[place] == key
        return bool(is_known) or key in self._new

    def is_same(self, one: int, other: int) -> bool:
        """Whether they were compared, and are the same picture."""
        return _is_same(self._alike.get(self._key(one, other), {}))

    def same(self) -> Iterator[tuple[int, int]]:
        """All pairs that are known to be the same picture, the smaller number first."""
        for key, outcomes in self._alike.items():
            if _is_same(outcomes):
                yield divmod(key, len(self._inventory))

    def outcome(self, asked: ContentHash, stored: ContentHash) -> Verification | None:
        """What came of comparing two contents that are the same picture, or probably so. Its
        transform is None if it was found out the other way round."""
        one, other = self._inventory.numbers([asked, stored]).tolist()
        found = self._alike.get(self._key(one, other), {})
        if asked in found:
            return found[asked]
        return next((replace(each, transform=None) for each in found.values()), None)

    # What is found out

    async def compare(self, pairs: Sequence[tuple[Photo, Photo]]) -> set[int]:
        """Compares each pair, the picture with fewer pixels with the other, and stores what came of
        it. Returns the numbers of contents that could not be compared with another one."""
        asked = [_smaller_first(one, other) for one, other in pairs]
        failed = await self._ask(asked)
        await self._ask([(b, a) for a, b in asked if a.pixels == b.pixels and self._are_same(a, b)])
        return failed

    def _are_same(self, one: Photo, other: Photo) -> bool:
        return self.is_same(*self._inventory.numbers([one.content, other.content]).tolist())

    async def _ask(self, asked: Sequence[tuple[Photo, Photo]]) -> set[int]:
        """Has each first photo compared with the second. Only a grey one that is asked is known for
        one: so of two with equal sizes both are."""
        if not asked:
            return set()
        outcomes = await self._verifier.verify_pairs([(a.id, b.id) for a, b in asked])
        done, failed = [], list[ContentHash]()
        for (one, other), outcome in zip(asked, outcomes, strict=True):
            if outcome is None:
                failed += [one.content, other.content]
            else:
                done.append(_comparison(one, other, outcome))
                self._note(one, other, outcome)
        if done:
            await self._gallery.do(_store, done)
        return set(self._inventory.numbers(failed).tolist())

    def _note(self, asked: Photo, stored: Photo, outcome: Verification) -> None:
        one, other = self._inventory.numbers([asked.content, stored.content]).tolist()
        key = self._key(one, other)
        self._new.add(key)
        if outcome.verdict is not Verdict.NO:
            self._remember(key, asked.content, outcome)

    def _remember(self, key: int, asked: ContentHash, outcome: Verification) -> None:
        self._alike.setdefault(key, {})[asked] = outcome
        if outcome.transform is not None and outcome.transform.grey:
            self.greyed.add(asked)

    async def not_compared(self) -> Numbers:
        """The contents that were not yet compared with all that is near them."""
        is_new, after = np.ones(len(self._inventory), np.bool_), b""
        while page := await self._gallery.do(_compared, after, self._model):
            after = page[-1]
            numbers = self._inventory.numbers(page)
            is_new[numbers[numbers >= 0]] = False
            stray = [content for content, n in zip(page, numbers, strict=True) if n < 0]
            if self._is_about_all and stray:
                await self._gallery.do(_drop_stray_compared, stray)
        return np.flatnonzero(is_new)

    async def note_compared(self, numbers: Sequence[int]) -> None:
        """These have been compared with all that is near them."""
        for start in range(0, len(numbers) if self._is_about_all else 0, _PAGE):
            contents = [self._inventory.content(n) for n in numbers[start : start + _PAGE]]
            await self._gallery.do(_set_compared, contents, self._model)

    def _key(self, one: int, other: int) -> int:
        return min(one, other) * len(self._inventory) + max(one, other)


def _is_same(outcomes: Mapping[ContentHash, Verification]) -> bool:
    """Whether they are the same, asked in either way."""
    return any(outcome.verdict is Verdict.SAME for outcome in outcomes.values())


def _smaller_first(one: Photo, other: Photo) -> tuple[Photo, Photo]:
    """The same for both orders of the two."""
    return min((one, other), (other, one), key=lambda pair: (pair[0].pixels, pair[0].content))


def _comparison(asked: Photo, stored: Photo, outcome: Verification) -> Comparison:
    packed = None if outcome.verdict is Verdict.NO else outcome.pack()
    return Comparison(asked.content, stored.content, packed)


# On the gallery's thread


def _comparisons(gallery: Gallery, after: int) -> list[tuple[int, Comparison, int]]:
    return gallery.duplicates.comparisons(after, _PAGE)


def _store(gallery: Gallery, done: Sequence[Comparison]) -> None:
    gallery.duplicates.store_comparisons(done, verification.VERSION)


def _drop_stray(gallery: Gallery, keys: Sequence[int]) -> None:
    gallery.duplicates.drop_stray_comparisons(keys)


def _compared(gallery: Gallery, after: ContentHash, model: Served) -> list[ContentHash]:
    return gallery.duplicates.compared(after, _PAGE, model, limits.VERSION)


def _set_compared(gallery: Gallery, contents: Sequence[ContentHash], model: Served) -> None:
    gallery.duplicates.set_compared(contents, model, limits.VERSION)


def _drop_stray_compared(gallery: Gallery, contents: Sequence[ContentHash]) -> None:
    gallery.duplicates.drop_stray_compared(contents)
