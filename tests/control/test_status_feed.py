"""However many wait for the status to change, it is computed once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import pytest

from imgsimd.control.status_feed import POLL_SECONDS, StatusFeed
from imgsimd.errors import DisownedError
from tests.support.patience import DEADLINE
from tests.support.status_source import AT_FIRST, Source

LOOKS = 3
"""So many looks of the feed are long enough to notice whatever it does without being asked."""


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def feed(source: Source) -> AsyncIterator[StatusFeed]:
    feed = StatusFeed(source)
    running = asyncio.create_task(feed.run())
    yield feed
    running.cancel()


async def some_looks() -> None:
    await asyncio.sleep(LOOKS * POLL_SECONDS)


async def listen(feed: StatusFeed, heard: list[int]) -> None:
    """Adds the number of images to what was heard, at each change."""
    async with aclosing(feed.changes()) as changes:
        async for status in changes:
            heard.append(status.images)  # noqa: PERF401 - the changes have no end


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0)


@pytest.mark.parametrize("listeners", [1, 20])
async def test_twenty_listeners_cost_no_more_than_one(
    source: Source, feed: StatusFeed, listeners: int
) -> None:
    heard: list[list[int]] = [[] for _ in range(listeners)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(listen(feed, each)) for each in heard]
        for number in range(4):
            await until(lambda: heard == [list(range(number + 1))] * listeners)  # noqa: B023
            source.change()
        for task in tasks:
            task.cancel()
    assert source.computed == 4


async def test_as_long_as_nothing_changes_nothing_is_computed(
    source: Source, feed: StatusFeed
) -> None:
    async with aclosing(feed.changes()) as changes:
        assert await anext(changes) == AT_FIRST
        await some_looks()
        assert source.computed == 1
        source.version += 1  # something has happened that the status does not show
        waiting = asyncio.ensure_future(anext(changes))
        await some_looks()
        assert (source.computed, waiting.done()) == (2, False)
        source.change()
        assert (await waiting).images == 1


async def test_without_listeners_nothing_is_computed(source: Source, feed: StatusFeed) -> None:
    source.change()
    await some_looks()
    assert source.computed == 0


async def test_a_listener_that_goes_away_is_forgotten(source: Source, feed: StatusFeed) -> None:
    heard: list[int] = []
    leaving = asyncio.create_task(listen(feed, []))
    staying = asyncio.create_task(listen(feed, heard))
    await until(lambda: heard == [0])
    leaving.cancel()
    source.change()
    await until(lambda: heard == [0, 1])
    staying.cancel()
    source.change()
    await some_looks()
    assert source.computed == 2


async def test_a_new_listener_hears_what_is_true_when_it_comes(
    source: Source, feed: StatusFeed
) -> None:
    async with aclosing(feed.changes()) as earlier:
        await anext(earlier)
        source.change()
        async with aclosing(feed.changes()) as later:
            assert (await anext(later)).images == 1


async def test_a_listener_that_reads_slowly_hears_the_last_status_only(
    source: Source, feed: StatusFeed
) -> None:
    async with aclosing(feed.changes()) as slow:
        await anext(slow)
        source.change()
        assert (await feed.now()).images == 1
        source.change()
        assert (await feed.now()).images == 2
        assert (await anext(slow)).images == 2


async def test_every_listener_is_told_that_the_daemon_stops(
    source: Source, feed: StatusFeed
) -> None:
    heard: list[list[int]] = [[], [], []]
    tasks = [asyncio.create_task(listen(feed, each)) for each in heard]
    await until(lambda: heard == [[0], [0], [0]])
    source.is_over = True
    source.change()
    for task in tasks:
        with pytest.raises(DisownedError):
            await task
