"""What is pushed to a shared store: all that changes, whatever happens on either side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery.gallery import Gallery
from imgsimd.milvus.messages import Flush, Host, Open, Request, Upsert, WriteHost
from imgsimd.pushing import retries
from imgsimd.shared_ids import image_of
from tests.support import library
from tests.support.fake_milvus import FakeMilvus
from tests.support.patience import DEADLINE
from tests.support.shared_galleries import Machine, rows

AWAY = StoreError("Nothing answers.", StoreFault.AWAY)


@pytest.fixture
def server() -> FakeMilvus:
    return FakeMilvus()


@pytest.fixture
async def machine(server: FakeMilvus, tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine(server, 7, "here")
    await machine.open(tmp_path)
    await machine.add(*range(1, 21))
    yield machine
    await machine.gallery.close()


async def test_everything_is_pushed_and_what_goes_is_removed(
    server: FakeMilvus, machine: Machine
) -> None:
    await machine.pusher.push_all()
    assert rows(server, machine) == await machine.expected()
    assert len(rows(server, machine)) == 20

    def forget(gallery: Gallery) -> None:
        gallery.forget(gallery.images.at([library.ROOT + b"/3.jpg"]))

    await machine.gallery.do(forget)
    await machine.add(30)
    await machine.pusher.push_all()
    assert rows(server, machine) == await machine.expected()
    assert len(rows(server, machine)) == 20
    assert await machine.left() == 0


async def test_a_photo_is_found_before_it_is_pushed_and_after(machine: Machine) -> None:
    before = await machine.nearest(5, 3)
    await machine.pusher.push_all()
    assert await machine.nearest(5, 3) == before
    assert len(before[0]) == 3


async def test_each_machine_finds_what_all_have(
    server: FakeMilvus, machine: Machine, tmp_path: Path
) -> None:
    other = Machine(server, 9, "there")
    await other.open(tmp_path)
    await other.add(5, 40)
    for each in (machine, other):
        server.ask(WriteHost("p", Host(each.host, f"host{each.host}", "")))
        await each.pusher.push_all()
    for each in (machine, other):
        (found,) = await each.nearest(5, 22, everywhere=True)
        assert len(found) == 22
        assert [near.distance for near in found[:2]] == [0, 0]  # each has photo 5
        (own,) = await each.nearest(5, 22)
        assert len(own) == (20 if each is machine else 2)
    (found,) = await machine.nearest(40, 1, everywhere=True)
    assert (found[0].host, found[0].path) == ("host9", library.ROOT + b"/40.jpg")  # type: ignore[union-attr]  # it is the other's
    await other.gallery.close()


@pytest.mark.parametrize("kind", [Open, Upsert, Flush])
async def test_what_a_server_refuses_is_pushed_later(
    server: FakeMilvus,
    machine: Machine,
    kind: type[Request[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "FIRST_SECONDS", 0.01)
    tries = 0

    def refuse(request: Request[Any]) -> None:
        nonlocal tries
        if isinstance(request, kind) and tries < 3:
            tries += 1
            server.restart()
            raise AWAY

    server.before = refuse
    running = asyncio.create_task(machine.pusher.run())
    async with asyncio.timeout(DEADLINE):
        while await machine.left() or machine.pusher.trouble:
            await asyncio.sleep(0.01)
    running.cancel()
    assert tries == 3
    server.restart()
    assert rows(server, machine) == await machine.expected()


async def test_a_server_that_is_away_is_told_of_and_nothing_is_taken_off(
    server: FakeMilvus, machine: Machine
) -> None:
    def refuse(request: Request[Any]) -> None:
        raise AWAY

    server.before = refuse
    with pytest.raises(StoreError, match="Nothing answers"):
        await machine.pusher.push_all()
    assert await machine.left() == 20


async def test_what_changes_while_it_is_pushed_is_pushed_again(
    server: FakeMilvus, machine: Machine
) -> None:
    loop = asyncio.get_running_loop()
    gone: list[int] = []

    def forget(gallery: Gallery) -> None:
        images = gallery.images.at([library.ROOT + b"/3.jpg"])
        gone.extend(image.id for image in images)
        gallery.forget(images)

    def meddle(request: Request[Any]) -> None:
        if isinstance(request, Upsert) and not gone:
            asyncio.run_coroutine_threadsafe(machine.gallery.do(forget), loop).result(DEADLINE)

    server.before = meddle
    await machine.pusher.push_all()
    assert rows(server, machine) == await machine.expected()
    assert gone
    assert not {image_of(row) for row in rows(server, machine)}.intersection(gone)


async def test_nothing_that_was_only_taken_by_the_server_leaves_the_outbox(
    server: FakeMilvus, machine: Machine
) -> None:
    def kill(request: Request[Any]) -> None:
        if isinstance(request, Flush):
            server.restart()
            raise AWAY

    server.before = kill
    with pytest.raises(StoreError):
        await machine.pusher.push_all()
    assert rows(server, machine) == set()
    server.before = lambda request: None
    machine.pusher.wake()
    await machine.pusher.push_all()
    assert rows(server, machine) == await machine.expected()
