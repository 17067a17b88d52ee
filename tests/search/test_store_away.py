"""What questions are answered with while the store that machines share cannot be used."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.gallery import Gallery
from imgsimd.milvus.messages import Find, Request
from imgsimd.pushing.store_watch import StoreWatch
from imgsimd.search.alone import Alone
from imgsimd.search.query import Filter, Query, Question, SearchResult
from imgsimd.types import Hidden
from tests.support import library
from tests.support.fake_milvus import FakeMilvus
from tests.support.patience import DEADLINE
from tests.support.shared_galleries import PREFIX, Machine, path

HERE, THERE = range(1, 31), range(31, 61)
ANYTHING, OWN = Filter(), Filter(is_own=True)
SENTENCE = "Milvus does not answer at http://nas:19530."


class Server(FakeMilvus):
    """Counts what it is asked to find, and can be switched off."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.before = self._look

    def switch(self, on: bool) -> None:
        self.is_on = on

    is_on = True

    def _look(self, request: Request[Any]) -> None:
        self.asked += isinstance(request, Find)
        if not self.is_on:
            raise StoreError(SENTENCE, StoreFault.AWAY)


class Machines(NamedTuple):
    server: Server
    laptop: Machine


@pytest.fixture
async def machines(tmp_path: Path) -> AsyncIterator[Machines]:
    server = Server()
    laptop, nas = Machine(server, 3, "laptop"), Machine(server, 9, "nas")
    for machine, words in ((laptop, HERE), (nas, THERE)):
        await machine.open(tmp_path)
        await machine.add(*words)
        await machine.push()
    yield Machines(server, laptop)
    for machine in (laptop, nas):
        await machine.gallery.close()


def about(word: int, wanted: Filter = ANYTHING, k: int = 100) -> Question:
    return Question([Query(path(word))], k, wanted, rerank=True)


def hosts(result: SearchResult) -> set[str | None]:
    return {match.host for match in result.matches}


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not await condition():
            await asyncio.sleep(0.01)


async def in_memory(machine: Machine) -> int:
    """How many indexes in memory the machine has besides that of the store."""
    return await machine.gallery.do(lambda gallery: len(gallery._index.others))


async def test_an_error_says_that_the_store_is_away(machines: Machines) -> None:
    machines.server.switch(on=False)
    similar = machines.laptop.similar()
    with pytest.raises(StoreError, match=SENTENCE) as caught:
        await similar.ask(about(5))
    assert caught.value.fault is StoreFault.AWAY
    machines.server.switch(on=True)
    assert hosts(await similar.ask(about(5))) == {None, "nas"}, "at once, and not after a while"


async def test_a_question_may_be_answered_from_this_machine_and_says_so(
    machines: Machines,
) -> None:
    similar = machines.laptop.similar(may_be_missing=True)
    own = await similar.ask(about(5, OWN))
    machines.server.switch(on=False)
    found = await similar.ask(about(5))
    assert (found.matches, found.is_reranked) == (own.matches, True)
    assert found.trouble == SENTENCE
    assert own.trouble is None


@pytest.mark.parametrize("may_be_missing", [False, True])
async def test_own_photos_are_found_whatever_the_store_does(
    machines: Machines, may_be_missing: bool
) -> None:
    similar = machines.laptop.similar(may_be_missing=may_be_missing)
    machines.server.switch(on=False)
    for wanted in (OWN, Filter(hosts=("laptop",))):
        found = await similar.ask(about(5, wanted))
        assert len(found.matches) == len(HERE) - 1
        assert found.trouble is None, "nothing is missing"


async def test_no_answer_is_given_about_other_machines_alone(machines: Machines) -> None:
    similar = machines.laptop.similar(may_be_missing=True)
    machines.server.switch(on=False)
    with pytest.raises(StoreError, match=SENTENCE):
        await similar.ask(about(5, Filter(hosts=("nas",))))
    both = await similar.ask(about(5, Filter(hosts=("nas", "laptop"))))
    assert (hosts(both), both.trouble) == ({None}, SENTENCE)


async def test_conditions_limits_and_groups_are_as_ever(machines: Machines) -> None:
    similar = machines.laptop.similar(may_be_missing=True)
    inside = Filter(conditions=Conditions(under=(library.ROOT,)), max_distance=1.2, is_own=True)
    expected = await similar.ask(about(5, inside))
    machines.server.switch(on=False)
    question = Question([Query(path(5))], 100, inside, collapse=True, rerank=True)
    assert [m.path for m in (await similar.ask(question)).matches] == [
        match.path for match in expected.matches
    ]


async def test_what_changes_meanwhile_is_found_as_it_is(machines: Machines) -> None:
    similar = machines.laptop.similar()
    machines.server.switch(on=False)
    await similar.ask(about(5, OWN))
    await machines.laptop.add(99)
    gone = await machines.laptop.gallery.of_images(lambda images: images.at([path(6)]))
    await machines.laptop.gallery.do(Gallery.hide, gone, Hidden.GONE)
    found = {match.path for match in (await similar.ask(about(5, OWN))).matches}
    assert path(99) in found
    assert path(6) not in found
    await machines.laptop.gallery.do(Gallery.reload)
    assert {m.path for m in (await similar.ask(about(5, OWN))).matches} == found


async def test_a_store_that_has_just_failed_is_not_asked_for_a_while(machines: Machines) -> None:
    similar = machines.laptop.similar(may_be_missing=True, seconds=0.3)
    machines.server.switch(on=False)
    await asyncio.gather(*(similar.ask(about(word)) for word in HERE))
    asked = machines.server.asked
    assert (await similar.ask(about(5))).trouble
    assert machines.server.asked == asked
    machines.server.switch(on=True)

    async def answers() -> bool:
        return (await similar.ask(about(5))).trouble is None

    await until(answers)


async def test_only_the_first_question_waits_for_a_server_that_does_not_answer(
    machines: Machines,
) -> None:
    """Those that come later have it tried again, by somebody else."""
    watch = StoreWatch(machines.server, PREFIX, lambda: None, lambda is_lost: None)
    watching = asyncio.create_task(watch.run())
    similar = machines.laptop.similar(may_be_missing=True, seconds=0.0, watch=watch)
    machines.server.switch(on=False)
    await similar.ask(about(5))
    asked = machines.server.asked
    for _ in range(3):
        assert (await similar.ask(about(5))).trouble == SENTENCE
    assert machines.server.asked == asked
    machines.server.switch(on=True)

    async def answers() -> bool:
        return (await similar.ask(about(5))).trouble is None

    await until(answers)
    watching.cancel()


async def test_vectors_stay_in_memory_until_the_store_answers(machines: Machines) -> None:
    similar = machines.laptop.similar(may_be_missing=True, seconds=0.0)
    await similar.ask(about(5))
    assert await in_memory(machines.laptop) == 0
    machines.server.switch(on=False)
    await similar.ask(about(5))
    assert await in_memory(machines.laptop) == 1
    machines.server.switch(on=True)
    await similar.ask(about(5))

    async def is_dropped() -> bool:
        return await in_memory(machines.laptop) == 0

    await until(is_dropped)


async def test_vectors_in_memory_are_dropped_when_nobody_asks(machines: Machines) -> None:
    keeper = Alone(machines.laptop.gallery, lambda g: g.answering, kept_seconds=0.05)
    await keeper.found(about(5), StoreError(SENTENCE))

    async def is_dropped() -> bool:
        return await in_memory(machines.laptop) == 0

    await until(is_dropped)
    assert len((await keeper.found(about(5), StoreError(SENTENCE))).result.matches) == 29


async def test_without_memory_for_the_vectors_the_error_says_so(machines: Machines) -> None:
    keeper = Alone(machines.laptop.gallery, lambda g: g.answering, free=lambda: 1000.0)
    with pytest.raises(StoreError, match=f"{SENTENCE} .* not enough memory"):
        await keeper.found(about(5), StoreError(SENTENCE))


async def test_a_dead_disk_holds_up_no_question_and_no_push(machines: Machines) -> None:
    """Its threads may all wait for it."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    is_back = threading.Event()
    dead_disk = asyncio.create_task(asyncio.to_thread(is_back.wait))
    try:
        async with asyncio.timeout(DEADLINE):
            assert hosts(await machines.laptop.similar().ask(about(5))) == {None, "nas"}
            await machines.laptop.add(61)
            await machines.laptop.push()
    finally:
        is_back.set()
        await dead_disk
