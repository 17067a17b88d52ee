"""A gallery that is shared: as which host, whatever others do, and what they are told of it."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.index import in_memory
from imgsimd.gallery.thread import GalleryThread
from imgsimd.index_settings import Index
from imgsimd.milvus.messages import Host, Request, WriteHost
from imgsimd.pushing import condition, pusher, retries, store_watch
from imgsimd.pushing.sharing import Sharing
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId, Known
from tests.support import library
from tests.support.fake_milvus import FakeMilvus
from tests.support.patience import DEADLINE

OTHER = b"/other"


class NoMaker:
    """Makes no thumbnails."""

    on_idle: Callable[[], None]

    async def may_be_made(self) -> bool:
        return False

    async def of(self, images: Iterable[Known], pixels: int) -> dict[ImageId, bytes | None]:
        return {}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pusher, "GATHERING_SECONDS", 0)
    monkeypatch.setattr(retries, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(retries, "LONGEST_SECONDS", 0.01)


@pytest.fixture
def server() -> FakeMilvus:
    return FakeMilvus()


class Machine:
    """A daemon's gallery and what shares it, while it runs."""

    def __init__(
        self,
        server: FakeMilvus,
        where: str,
        reach: Callable[[], None] = lambda: None,
        **settings: Any,
    ) -> None:
        values = {"backend": "milvus", "host": "attic", "prefix": "p", **settings}
        self.sharing = Sharing(Index(**values), server, where, reach=reach)
        self.gallery = GalleryThread(make_store=self.sharing.make_store)

    async def add(self, *words: int) -> None:
        """New photos, which are embedded."""
        await self.gallery.do(lambda g: library.work_off(g, library.add(g, *words)))

    async def number(self) -> HostNumber:
        number, _ = await self.sharing.progress()
        assert number
        return number

    async def waiting(self) -> int:
        _, waiting = await self.sharing.progress()
        return waiting

    async def is_all_pushed(self) -> bool:
        """And compared."""
        shared = await self.gallery.do(lambda gallery: gallery.pushes.shared)
        assert shared
        return not (shared.doubt or await self.waiting() or self.sharing.trouble)


@asynccontextmanager
async def running(
    server: FakeMilvus, file: Path, where: str = "here", **settings: Any
) -> AsyncIterator[Machine]:
    """As a daemon does it."""
    machine = Machine(server, where, **settings)
    await machine.gallery.open(file)
    machine.sharing.attach(machine.gallery)
    await machine.sharing.begin()
    await machine.gallery.do(library.begin)
    run = asyncio.create_task(machine.sharing.run(NoMaker()))
    try:
        yield machine
    finally:
        run.cancel()
        await asyncio.wait([run])
        await machine.gallery.close()


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not await is_so():
            await asyncio.sleep(0.01)


def owners(server: FakeMilvus) -> dict[int, int]:
    """How many rows the server has of each host."""
    found: dict[int, int] = {}
    for rows in server.rows.values():
        for row in rows.values():
            found[row.host] = found.get(row.host, 0) + 1
    return found


async def test_what_is_added_is_pushed_by_itself(server: FakeMilvus, tmp_path: Path) -> None:
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
        number = await machine.number()
        assert owners(server) == {number: 2}
        await machine.add(3)
        await until(machine.is_all_pushed)
        assert owners(server) == {number: 3}
        (host,) = server.hosts.values()
        assert (host.number, host.name, host.offline) == (number, "attic", ())


async def test_photos_wait_while_the_server_is_away(server: FakeMilvus, tmp_path: Path) -> None:
    def refuse(request: Request[Any]) -> None:
        raise StoreError("Nothing answers.", StoreFault.AWAY)

    server.before = refuse
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)

        async def is_troubled() -> bool:
            return machine.sharing.trouble is not None

        await until(is_troubled)
        problem = condition.hindrance(machine.sharing)
        assert problem
        assert (problem.code, problem.sentence) == ("store_failed", "Nothing answers.")
        assert await machine.waiting() == 2
        server.before = lambda request: None
        await until(machine.is_all_pushed)
        assert owners(server) == {await machine.number(): 2}
        assert condition.hindrance(machine.sharing) is None


async def test_if_questions_are_answered_all_the_same_it_is_a_warning(server: FakeMilvus) -> None:
    machine = Machine(server, "here", when_away="local")
    machine.sharing.attach(machine.gallery)
    machine.sharing.pusher.trouble = StoreError("Nothing answers.", StoreFault.AWAY)
    problem = condition.hindrance(machine.sharing)
    assert problem
    assert (problem.code, problem.severity) == ("sharing_failed", "warning")
    full = Machine(server, "here")
    full.sharing.attach(full.gallery)
    full.sharing.pusher.trouble = StoreError("It takes no more.", StoreFault.FULL)
    problem = condition.hindrance(full.sharing)
    assert problem
    assert (problem.code, problem.severity) == ("sharing_failed", "warning")


async def test_the_command_of_an_error_is_the_remedy(server: FakeMilvus) -> None:
    machine = Machine(server, "here")
    machine.sharing.attach(machine.gallery)
    machine.sharing.watch.hear(StoreError("It is missing. Run: x y", StoreFault.NOT_INSTALLED))
    problem = condition.hindrance(machine.sharing)
    assert problem
    assert (problem.sentence, problem.remedy) == ("It is missing.", "Run: x y")


async def test_what_a_question_finds_out_is_told_until_the_server_works(
    server: FakeMilvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(server, tmp_path / "g.db") as machine:
        await until(machine.is_all_pushed)
        server.before = refuse_once(server)
        trouble = StoreError("It does not answer in time.", StoreFault.SLOW)
        machine.sharing.watch.hear(trouble)
        assert machine.sharing.trouble == trouble
        await until(machine.is_all_pushed)


async def test_that_nothing_listens_any_more_is_noticed_without_a_question(
    server: FakeMilvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_watch, "LOOK_SECONDS", 0.01)
    away = StoreError("Nothing answers.", StoreFault.AWAY)

    def reach() -> None:
        raise away

    async with running(server, tmp_path / "g.db", reach=reach) as machine:

        async def is_noticed() -> bool:
            return machine.sharing.trouble is away

        await until(is_noticed)


async def test_a_start_keeps_the_number_and_pushes_nothing(
    server: FakeMilvus, tmp_path: Path
) -> None:
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
        before = await machine.number()
    async with running(server, tmp_path / "g.db") as machine:
        assert await machine.waiting() == 0
        await machine.sharing.entry.is_claimed.wait()
        assert await machine.number() == before
    assert owners(server) == {before: 2}


async def test_another_password_of_the_same_server_has_nothing_pushed_again(
    server: FakeMilvus, tmp_path: Path
) -> None:
    async with running(server, tmp_path / "g.db", uri="http://me:old@nas:19530") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
    async with running(server, tmp_path / "g.db", uri="http://me:new@nas:19530") as machine:
        assert await machine.waiting() == 0
        shared = await machine.gallery.do(lambda gallery: gallery.pushes.shared)
        assert shared
        assert "new" not in shared.store


async def test_a_number_that_another_gallery_has_is_left_to_it(
    server: FakeMilvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([HostNumber(5), HostNumber(5), HostNumber(6)])
    monkeypatch.setattr("imgsimd.pushing.sharing.drawn", lambda: next(draws))
    monkeypatch.setattr("imgsimd.pushing.host_entry.drawn", lambda: next(draws))
    theirs = Host(HostNumber(5), "cellar", "their text.there")
    server.hosts[HostNumber(5)] = theirs
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
        assert condition.remark(machine.sharing) is None
    assert server.hosts[HostNumber(5)] == theirs
    assert server.hosts[HostNumber(6)].name == "attic"
    assert owners(server) == {6: 2}


async def test_of_two_that_write_at_once_one_draws_again(
    server: FakeMilvus, tmp_path: Path
) -> None:
    """The other one writes between our entry and our look at it."""
    seen: list[HostNumber] = []

    def meddle(request: Request[Any]) -> None:
        if seen and seen[0] in server.hosts and server.hosts[seen[0]].name == "attic":
            server.hosts[seen[0]] = Host(seen[0], "cellar", "their text.there")
            server.before = lambda request: None
        if isinstance(request, WriteHost):
            seen.append(request.host.number)

    server.before = meddle
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1)
        await machine.sharing.entry.is_claimed.wait()
        await until(machine.is_all_pushed)
        number = await machine.number()
    assert len(seen) == 1
    assert number != seen[0]
    assert {host.name for host in server.hosts.values()} == {"attic", "cellar"}
    assert owners(server) == {number: 1}


async def test_of_two_with_one_name_that_write_at_once_one_takes_another(
    server: FakeMilvus, tmp_path: Path
) -> None:
    def meddle(request: Request[Any]) -> None:
        if isinstance(request, WriteHost):
            server.hosts[HostNumber(0)] = Host(HostNumber(0), "attic", "their text.there")
            server.before = lambda request: None

    server.before = meddle
    async with running(server, tmp_path / "g.db") as machine:
        await machine.sharing.entry.is_claimed.wait()
        assert server.hosts[await machine.number()].name == machine.sharing.name == "attic-2"


async def test_a_copy_of_a_gallery_is_another_host(server: FakeMilvus, tmp_path: Path) -> None:
    async with running(server, tmp_path / "g.db") as original:
        await original.add(1, 2)
        await until(original.is_all_pushed)
        before = await original.number()
    shutil.copyfile(tmp_path / "g.db", tmp_path / "copy.db")
    async with running(server, tmp_path / "copy.db", "elsewhere") as copy:
        await copy.sharing.entry.is_claimed.wait()
        await until(copy.is_all_pushed)
        number = await copy.number()
        assert number != before
        assert owners(server) == {before: 2, number: 2}
        assert copy.sharing.name == "attic-2", "the original has the name"
        remark = condition.remark(copy.sharing)
        assert remark
        assert remark.remedy.endswith("imgsimctl hosts remove attic")
    async with running(server, tmp_path / "g.db") as original:
        await original.sharing.entry.is_claimed.wait()
        assert (await original.number(), original.sharing.name) == (before, "attic")


async def test_who_goes_back_and_forth_has_the_same_number(
    server: FakeMilvus, tmp_path: Path
) -> None:
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
        before = await machine.number()
    alone = GalleryThread(make_store=in_memory)
    await alone.open(tmp_path / "g.db")

    def live_alone(gallery: Gallery) -> None:
        gallery.pushes.unshare()
        library.begin(gallery)
        library.work_off(gallery, library.add(gallery, 3))
        gallery.forget(gallery.images.at([library.ROOT + b"/1.jpg"]))
        assert gallery.pushes.count() == 0

    await alone.do(live_alone)
    await alone.close()
    async with running(server, tmp_path / "g.db") as machine:
        await machine.sharing.entry.is_claimed.wait()
        await until(machine.is_all_pushed)
        assert await machine.number() == before
    assert owners(server) == {before: 2}, "what was forgotten meanwhile is removed"


async def test_another_server_gets_everything(server: FakeMilvus, tmp_path: Path) -> None:
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
    other = FakeMilvus()
    async with running(other, tmp_path / "g.db", uri="http://other:19530") as machine:
        await machine.sharing.entry.is_claimed.wait()
        await until(machine.is_all_pushed)
        assert owners(other) == {await machine.number(): 2}


async def test_a_server_that_was_set_up_anew_gets_everything(
    server: FakeMilvus, tmp_path: Path
) -> None:
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
    empty = FakeMilvus()
    async with running(empty, tmp_path / "g.db") as machine:
        await machine.sharing.entry.is_claimed.wait()
        await until(machine.is_all_pushed)
        assert owners(empty) == {await machine.number(): 2}


async def test_a_number_that_damage_has_destroyed_is_drawn_again(
    server: FakeMilvus, tmp_path: Path
) -> None:
    def lose(gallery: Gallery) -> None:
        db = gallery._catalog._file.db
        db.execute("DELETE FROM shared")
        db.execute("DELETE FROM shared_roots")
        gallery.reload()

    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
        before = await machine.number()
        await machine.gallery.do(lose)
        machine.sharing.wake()

        async def is_shared_again() -> bool:
            return len(owners(server)) == 2 and await machine.is_all_pushed()

        await until(is_shared_again)
        assert owners(server) == {before: 2, await machine.number(): 2}


async def test_a_server_that_loses_everything_gets_it_again_when_that_is_noticed(
    server: FakeMilvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a question, as here, or by what is pushed, or by a look."""
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
        number = await machine.number()

        async def has_everything() -> bool:
            return number in server.hosts and owners(server).get(number) == 2

        server.hosts.clear()
        server.rows.clear()
        machine.sharing.watch.hear(StoreError("It has lost it.", StoreFault.LOST))
        await until(has_everything)
        await until(machine.is_all_pushed)


async def test_what_was_removed_by_hand_is_noticed_by_a_look(
    server: FakeMilvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_watch, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(store_watch, "LOOKS", 2)
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
        number = await machine.number()

        async def has_rows() -> bool:
            return owners(server) == {number: 2}

        server.rows.clear()
        await until(has_rows)
        for rows in server.rows.values():
            rows.clear()
        await until(has_rows)


async def test_who_has_to_make_a_collection_anew_tells_of_this_machine_again(
    server: FakeMilvus, tmp_path: Path
) -> None:
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1, 2)
        await until(machine.is_all_pushed)
        number = await machine.number()
        server.hosts.clear()
        server.rows.clear()
        server.before = refuse_once(server)
        await machine.add(3)

        async def has_everything() -> bool:
            return number in server.hosts and owners(server).get(number) == 3

        await until(has_everything)


async def test_a_dead_disk_holds_up_no_thumbnail_of_another_machine(
    server: FakeMilvus, tmp_path: Path
) -> None:
    """The threads that all share may all wait for it."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    is_back = threading.Event()
    dead_disk = asyncio.create_task(asyncio.to_thread(is_back.wait))
    image = shared(HostNumber(7), ImageId(1))
    server.thumbnails[image] = b"a JPEG"
    try:
        async with running(server, tmp_path / "g.db") as machine, asyncio.timeout(DEADLINE):
            assert await machine.sharing.thumbnail(image) == b"a JPEG"
            await machine.sharing.hosts.all()
    finally:
        is_back.set()
        await dead_disk


async def test_folders_that_are_offline_are_told(server: FakeMilvus, tmp_path: Path) -> None:
    async with running(server, tmp_path / "g.db") as machine:
        await machine.add(1)
        await machine.gallery.do(lambda g: g.show([library.ROOT, OTHER]))
        await until(machine.is_all_pushed)
        number = await machine.number()

        def told(*folders: bytes) -> Callable[[], Awaitable[bool]]:
            async def is_told() -> bool:
                return number in server.hosts and server.hosts[number].offline == folders

            return is_told

        await until(told())
        await machine.gallery.do(lambda g: g.show([OTHER]))
        await until(told(library.ROOT))
        assert owners(server) == {number: 1}, "nothing is deleted"
        server.before = refuse_once(server)
        await machine.gallery.do(lambda g: g.show([library.ROOT]))
        await until(told(OTHER))


def refuse_once(server: FakeMilvus) -> Callable[[Request[Any]], None]:
    def refuse(request: Request[Any]) -> None:
        server.before = lambda request: None
        raise StoreError("Nothing answers.", StoreFault.AWAY)

    return refuse


async def test_a_folder_within_one_that_is_shown_is_not_offline(
    server: FakeMilvus, tmp_path: Path
) -> None:
    inner = library.ROOT + b"/inner"
    async with running(server, tmp_path / "g.db") as machine:
        await machine.gallery.do(lambda g: g.show([library.ROOT, inner]))
        await machine.gallery.do(lambda g: g.show([library.ROOT]))
        await machine.sharing.entry.tell()
        assert server.hosts[await machine.number()].offline == ()
