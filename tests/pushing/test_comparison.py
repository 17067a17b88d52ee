"""Whatever a shared store has lost, or has too much, is found and made up for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery.gallery import Gallery
from imgsimd.milvus.messages import Ids, Request
from imgsimd.pushing import comparison
from imgsimd.pushing.collection_names import collection_of, of_models
from imgsimd.shared_ids import HostNumber, SharedId, shared
from imgsimd.types import ImageId
from tests.support import library
from tests.support.fake_milvus import FakeMilvus
from tests.support.shared_galleries import Machine, rows

AWAY = StoreError("Nothing answers.", StoreFault.AWAY)
OTHER = HostNumber(9)
FOREIGN = "p_unknown_8_0123456789abcdef"
"""The collection of a model that nobody here knows."""


@pytest.fixture
def server() -> FakeMilvus:
    return FakeMilvus()


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a few images take several pages."""
    monkeypatch.setattr(comparison, "AT_ONCE", 3)


@pytest.fixture
async def machine(server: FakeMilvus, tmp_path: Path) -> AsyncIterator[Machine]:
    """Twenty images, all pushed."""
    machine = Machine(server, 7, "here")
    await machine.open(tmp_path)
    await machine.add(*range(1, 21))
    await machine.pusher.push_all()
    yield machine
    await machine.gallery.close()


def collection(server: FakeMilvus, machine: Machine) -> dict[SharedId, Any]:
    return server.rows[collection_of("p", machine.gallery.serving).name]


def lose(server: FakeMilvus, machine: Machine, *images: int) -> None:
    for image in images:
        del collection(server, machine)[shared(machine.host, ImageId(image))]


def put(server: FakeMilvus, machine: Machine, name: str, host: HostNumber, *images: int) -> None:
    """The server has these rows, of which nobody has told it."""
    some = next(iter(collection(server, machine).values()))
    for image in images:
        row = some._replace(id=shared(host, ImageId(image)), host=host)
        server.rows.setdefault(name, {})[row.id] = row


async def differences(machine: Machine) -> dict[str, tuple[list[int], list[int]]]:
    """By collection, what is missing and what is too much."""
    found = await machine.pusher.differences()
    return {each.collection: (each.missing.tolist(), each.strays.tolist()) for each in found}


async def is_in_doubt(machine: Machine) -> bool:
    now = await machine.gallery.do(lambda gallery: gallery.pushes.shared)
    return now is not None and now.doubt is not None


async def test_what_is_as_it_should_be_does_not_differ(machine: Machine) -> None:
    assert await differences(machine) == {}
    assert not await is_in_doubt(machine)


async def test_lost_rows_are_pushed_and_strays_removed_but_not_those_of_others(
    server: FakeMilvus, machine: Machine
) -> None:
    name = collection_of("p", machine.gallery.serving).name
    lose(server, machine, 2, 3, 4, 19)
    put(server, machine, name, machine.host, 1000, 1001)
    put(server, machine, name, OTHER, 5, 1000)
    assert await differences(machine) == {name: ([2, 3, 4, 19], [1000, 1001])}
    await machine.pusher.doubt()
    assert await machine.pusher.settle()
    assert not await machine.pusher.settle(), "there is no doubt any more"
    await machine.pusher.push_all()
    assert await differences(machine) == {}
    assert rows(server, machine) == await machine.expected()
    assert len([row for row in collection(server, machine).values() if row.host == OTHER]) == 2


async def test_rows_of_a_model_that_nobody_here_knows_are_removed(
    server: FakeMilvus, machine: Machine
) -> None:
    put(server, machine, FOREIGN, machine.host, 1, 2, 3, 4)
    put(server, machine, FOREIGN, OTHER, 1)
    assert await differences(machine) == {FOREIGN: ([], [1, 2, 3, 4])}
    await machine.pusher.doubt()
    await machine.pusher.push_all()
    assert [row.host for row in server.rows[FOREIGN].values()] == [OTHER]
    assert await differences(machine) == {}


async def test_rows_of_a_model_whose_vectors_were_removed_are_strays(
    server: FakeMilvus, machine: Machine
) -> None:
    old = machine.gallery.serving

    def change(gallery: Gallery) -> None:
        gallery.aim("new", "new", library.FORM, {"m", "new"})
        library.work_off(
            gallery, {library.ROOT + b"/%d.jpg" % n: library.content_of(n) for n in range(1, 21)}
        )
        assert gallery.reach_target()
        gallery.stored_vectors.remove("m", ImageId(0))

    await machine.gallery.do(change)
    await machine.pusher.push_all()
    name = collection_of("p", old).name
    put(server, machine, name, machine.host, 3)
    assert await differences(machine) == {name: ([], [3])}


async def test_a_collection_that_was_lost_is_filled_again(
    server: FakeMilvus, machine: Machine
) -> None:
    name = collection_of("p", machine.gallery.serving).name
    del server.rows[name]
    assert await differences(machine) == {name: (list(range(1, 21)), [])}
    machine.pusher._opened.clear()  # as after a restart
    await machine.add(30)
    await machine.pusher.push_all()
    assert rows(server, machine) == await machine.expected()
    assert len(rows(server, machine)) == 21


async def test_what_waits_to_be_pushed_does_not_differ(
    server: FakeMilvus, machine: Machine
) -> None:
    def forget(gallery: Gallery) -> None:
        gallery.forget(gallery.images.at([library.ROOT + b"/3.jpg"]))

    await machine.add(*range(30, 40))
    await machine.gallery.do(forget)
    assert await differences(machine) == {}


async def test_what_changes_meanwhile_does_not_differ(server: FakeMilvus, machine: Machine) -> None:
    """Whichever side is read first, and however fast it is pushed."""
    loop = asyncio.get_running_loop()
    changed: list[asyncio.Task[None]] = []

    async def change() -> None:
        await machine.add(*range(30, 40))
        await machine.gallery.do(
            lambda g: g.forget(g.images.at([library.ROOT + b"/%d.jpg" % n for n in (1, 2, 3)]))
        )
        changed.append(asyncio.create_task(machine.pusher.push_all()))

    def meddle(request: Request[Any]) -> None:
        if isinstance(request, Ids) and not changed:
            asyncio.run_coroutine_threadsafe(change(), loop).result()

    server.before = meddle
    assert await differences(machine) == {}
    await changed[0]
    assert rows(server, machine) == await machine.expected()


async def test_while_the_server_is_away_the_doubt_stays(
    server: FakeMilvus, machine: Machine
) -> None:
    def refuse(request: Request[Any]) -> None:
        raise AWAY

    lose(server, machine, 2)
    await machine.pusher.doubt()
    server.before = refuse
    with pytest.raises(StoreError, match="Nothing answers"):
        await machine.pusher.settle()
    with pytest.raises(StoreError, match="Nothing answers"):
        await machine.pusher.differences()
    assert await is_in_doubt(machine)
    server.before = lambda request: None
    await machine.pusher.push_all()
    assert rows(server, machine) == await machine.expected()
    assert not await is_in_doubt(machine)


async def test_a_recovered_database_leaves_no_row_behind(
    server: FakeMilvus, machine: Machine
) -> None:
    put(server, machine, collection_of("p", machine.gallery.serving).name, machine.host, 1000)
    await machine.gallery.do(Gallery.recover)
    assert await is_in_doubt(machine)
    await machine.pusher.push_all()
    assert rows(server, machine) == await machine.expected()
    assert len(rows(server, machine)) == 20


async def test_a_gallery_that_is_not_shared_differs_in_nothing(machine: Machine) -> None:
    await machine.gallery.do(lambda gallery: gallery.pushes.unshare())
    assert await differences(machine) == {}


def test_a_shorter_prefix_has_not_the_collections_of_a_longer_one() -> None:
    longer = FOREIGN.replace("p_", "p_2_", 1)
    names = ["p_hosts", "p_thumbnails", "p_2_hosts", "p_mine", FOREIGN, longer]
    assert of_models("p", names) == [FOREIGN]
    assert of_models("p_2", names) == [longer]
    assert of_models("p", [FOREIGN, longer]) == [FOREIGN, longer], "a model may be called 2_…"
