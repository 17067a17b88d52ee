"""What a worker said last is heard, however it ends."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from imgsimd.embedding import worker_process as child_module
from imgsimd.embedding.protocol import LONGEST, Answer, Kind, Order, Task
from imgsimd.embedding.worker_process import WorkerDiedError, WorkerProcess
from tests.support.patience import DEADLINE


@asynccontextmanager
async def beside() -> AsyncIterator[tuple[WorkerProcess, socket.socket]]:
    """A child that is ready, and the socket that is the worker's, for ten seconds at most."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    child = WorkerProcess(await asyncio.create_subprocess_exec("true"), ours, deadline=DEADLINE)
    async with asyncio.timeout(DEADLINE):
        with theirs:
            theirs.send(Answer(0, Kind.READY).pack())
            await child.ready
            yield child, theirs
        await child.stop()


async def test_only_what_was_begun_is_blamed_though_more_was_asked_than_the_worker_read() -> None:
    """The kernel tells first that the worker is gone, and then what it said before."""

    deaths: list[bytes | BaseException] = []

    async with beside() as (child, theirs):
        with open("/dev/null") as picture:
            asked = [
                asyncio.create_task(child.ask(Task.EMBED, picture.fileno(), urgent=False))
                for _ in range(2)
            ]
            await asyncio.sleep(0)  # both are asked, and only one is read
            order = Order.unpack(theirs.recv(LONGEST))
            theirs.send(Answer(order.job, Kind.STARTED).pack())
            theirs.close()
            last = child.ask(Task.EMBED, picture.fileno(), urgent=False)
            deaths.extend(await asyncio.gather(*asked, last, return_exceptions=True))
    begun, *others = deaths
    assert isinstance(begun, WorkerDiedError)
    assert begun.guilty
    for death in others:
        assert isinstance(death, WorkerDiedError)
        assert not death.guilty
        assert not death.in_vain


async def test_who_asks_is_answered_at_once_while_others_can_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child_module, "LULL_SECONDS", 3600)

    async with beside() as (child, theirs):
        with open("/dev/null") as picture:
            backlog = asyncio.create_task(child.ask(Task.EMBED, picture.fileno(), urgent=False))
            await asyncio.sleep(0)
            first = Order.unpack(theirs.recv(LONGEST)).job
            theirs.send(Answer(first, Kind.STARTED).pack())
            for _ in range(3):
                await asyncio.sleep(0)  # it is heard; now nobody listens for an hour
            theirs.send(Answer(first, Kind.DONE, b"later").pack())
            question = asyncio.create_task(child.ask(Task.EMBED, picture.fileno(), urgent=True))
            await asyncio.sleep(0)
            second = Order.unpack(theirs.recv(LONGEST)).job
            theirs.send(Answer(second, Kind.DONE, b"now").pack())
            assert await question == b"now"
            assert await backlog == b"later"


async def test_a_worker_that_ends_as_soon_as_it_is_ready_keeps_nobody_waiting() -> None:
    async with beside() as (child, theirs):
        theirs.close()
        while child.is_alive:
            await asyncio.sleep(0)
        with open("/dev/null") as picture, pytest.raises(WorkerDiedError) as death:
            await child.ask(Task.EMBED, picture.fileno(), urgent=True)
    assert death.value.in_vain
    assert not death.value.guilty


async def test_who_gives_up_before_the_order_is_sent_leaves_no_failure_behind() -> None:
    """The worker reads nothing, so that some orders wait until the socket has room for them."""
    left: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: left.append(context))

    async with beside() as (child, _):
        with open("/dev/null") as picture:
            asked = [
                asyncio.create_task(child.ask(Task.EMBED, picture.fileno(), urgent=False))
                for _ in range(1000)
            ]
            await asyncio.sleep(0)
            with pytest.raises(BlockingIOError):
                child._channel.send(b"more")
            for task in asked:
                task.cancel()
            await asyncio.wait(asked)
    del child, asked, task
    gc.collect()
    assert left == []
