"""What check says of a store that machines share, and that rebuild makes up for it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery.thread import GalleryThread
from imgsimd.index_settings import Index
from imgsimd.maintenance import shared_rows
from imgsimd.maintenance.finding import Finding
from imgsimd.milvus.messages import Request
from imgsimd.pushing.sharing import Sharing
from imgsimd.shared_ids import shared
from imgsimd.types import ImageId
from tests.support import library
from tests.support.fake_milvus import FakeMilvus

AWAY = StoreError("Nothing answers.", StoreFault.AWAY)


class Machine:
    """A gallery that is shared, with twelve images that are all pushed."""

    def __init__(self) -> None:
        self.server = FakeMilvus()
        self.sharing = Sharing(Index(backend="milvus", prefix="p"), self.server, "here")
        self.gallery = GalleryThread(make_store=self.sharing.make_store)
        self.sharing.attach(self.gallery)

    async def open(self, folder: Path) -> None:
        await self.gallery.open(folder / "gallery.db")
        await self.sharing.begin()
        await self.gallery.do(library.begin)
        await self.gallery.do(lambda g: library.work_off(g, library.add(g, *range(1, 13))))
        await self.sharing.entry.tell()
        await self.sharing.pusher.push_all()

    async def host(self) -> Any:
        return await self.gallery.do(lambda gallery: gallery.pushes.last_host)

    @property
    def rows(self) -> dict[Any, Any]:
        (rows,) = self.server.rows.values()
        return rows

    async def check(self) -> list[Finding]:
        return await shared_rows.check(self.gallery, self.sharing)

    async def meddle(self) -> None:
        """The server loses image 3, and has two of which nobody has told it."""
        host = await self.host()
        row = self.rows.pop(shared(host, ImageId(3)))
        for number in (100, 101):
            other = row._replace(id=shared(host, ImageId(number)))
            self.rows[other.id] = other


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine()
    await machine.open(tmp_path)
    yield machine
    await machine.gallery.close()


def refuse(request: Request[Any]) -> None:
    raise AWAY


async def test_a_store_that_has_everything_is_sound(machine: Machine) -> None:
    assert await machine.check() == []


async def test_what_is_missing_is_named_and_what_is_too_much_is_counted(machine: Machine) -> None:
    await machine.meddle()
    unpushed, strays = await machine.check()
    path = os.fsdecode((await machine.gallery.of_images(lambda i: i.by_id([ImageId(3)])))[0].path)
    assert unpushed == Finding("unpushed", 1, [path])
    assert (strays.what, strays.count) == ("stray_rows", 2)
    (name,) = machine.server.rows
    assert strays.examples == [f"{name} (2 rows)"]


async def test_a_rebuild_pushes_and_removes(machine: Machine) -> None:
    await machine.meddle()
    await shared_rows.mend(machine.sharing)
    await machine.sharing.pusher.push_all()
    assert await machine.check() == []
    assert {each.id for each in machine.rows.values()} == {
        shared(await machine.host(), ImageId(n)) for n in range(1, 13)
    }


async def test_while_the_store_is_away_that_is_said_and_made_up_for_later(machine: Machine) -> None:
    await machine.meddle()
    machine.server.before = refuse
    assert await machine.check() == [Finding("store", 1, ["Nothing answers."])]
    with pytest.raises(StoreError, match=r"are rebuilt.*made up for.*Nothing answers") as caught:
        await shared_rows.mend(machine.sharing)
    assert caught.value.fault == StoreFault.AWAY
    machine.server.before = lambda request: None
    await machine.sharing.pusher.push_all()
    assert await machine.check() == []


async def test_nothing_is_compared_before_the_number_is_this_machines(machine: Machine) -> None:
    """Else another one's rows might be taken for strays."""
    await machine.meddle()
    machine.sharing.entry.is_claimed.clear()
    (finding,) = await machine.check()
    assert finding.what == "store"
    assert "not known on the server yet" in finding.examples[0]
