"""The short run of tests/support/fuzzing.py."""

from __future__ import annotations

import pytest

from imgsimd.config import Worker
from tests.support import fuzzing
from tests.support.thoroughness import times


async def test_no_broken_picture_ends_the_worker_or_takes_much_memory() -> None:
    outcome = await fuzzing.feed(fuzzing.broken(200, seed=1), Worker(threads=2))
    assert outcome.deadly == []
    assert outcome.readable + sum(outcome.refused.values()) == 200
    assert outcome.readable > 20, "some damage is too small to notice"
    assert outcome.largest_worker < 400 * 2**20


@pytest.mark.long
@pytest.mark.parametrize("family", fuzzing.FAMILIES)
async def test_hundreds_of_broken_pictures_of_one_family_are_survived(family: str) -> None:
    count = times(250)
    outcome = await fuzzing.feed(fuzzing.broken(count, 1, family), Worker(threads=2))
    assert outcome.deadly == []
    assert outcome.readable + sum(outcome.refused.values()) == count
    assert outcome.largest_worker < 600 * 2**20
