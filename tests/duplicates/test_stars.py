"""Every photo of a group was compared with its keeper, and the order of the photos does not
matter."""

from __future__ import annotations

import random
from collections.abc import Sequence, Set

from imgsimd.duplicates.keeper import Ranking
from imgsimd.duplicates.stars import Star, connected, partners, stars
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.types import ImageId
from tests.support.photos import photo


async def groups(photos: Sequence[Photo]) -> list[list[int]]:
    """Copies are what is next to each other in a row, by id."""
    ordered = Ranking().ordered(photos)

    async def neighbours(keeper: Photo, left: Set[ImageId]) -> list[Photo]:
        return [p for p in ordered if p.id in left and abs(p.id - keeper.id) <= 1]

    found = await stars(ordered, neighbours)
    return [[star.keeper.id, *(member.id for member in star.members)] for star in found]


async def test_a_chain_falls_apart_into_groups_around_their_keepers() -> None:
    row = [photo(n, pixels=(1000 - n, 1)) for n in range(1, 7)]
    assert await groups(row) == [[1, 2], [3, 4], [5, 6]]


async def test_groups_do_not_depend_on_the_order_of_the_photos() -> None:
    row = [photo(n, pixels=(n * 7 % 11 + 1, 1), mtime=n % 3) for n in range(1, 30)]
    expected = await groups(row)
    for seed in range(20):
        shuffled = list(row)
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - not for secrets
        assert await groups(shuffled) == expected


async def test_what_cannot_join_a_keeper_can_join_another() -> None:
    one, two, three = photo(1, pixels=(3, 1)), photo(2, pixels=(2, 1)), photo(3, pixels=(1, 1))

    async def members(keeper: Photo, left: Set[ImageId]) -> list[Photo]:
        return [p for p in (two, three) if p.id in left and {keeper.id, p.id} != {1, 2}]

    assert await stars([one, two, three], members) == [Star(one, [three])]
    assert await stars([one, two], members) == []


def test_what_hangs_together_is_found_as_one() -> None:
    found = partners([(1, 2), (2, 3), (5, 6)])
    assert found == {1: [2], 2: [1, 3], 3: [2], 5: [6], 6: [5]}
    assert [sorted(heap) for heap in connected(found)] == [[1, 2, 3], [5, 6]]
