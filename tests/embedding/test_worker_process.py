"""What a worker said last is heard, however it ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from imgsimd.embedding import worker_process as child_module
from imgsimd.embedding.protocol import LONGEST, Answer, Kind, Order, Task
from imgsimd.embedding.worker_process import WorkerDiedError, WorkerProcess


async def beside(body: Callable[[WorkerProcess, socket.socket], Awaitable[None]]) -> None:
    """Runs it with a child, and the socket that is the worker's."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    child = WorkerProcess(await asyncio.create_subprocess_exec("true"), ours, deadline=60)
    with theirs:
        await body(child, theirs)
    await child.stop()


def test_the_blame_falls_on_what_was_begun_even_if_more_was_asked_than_the_worker_read() -> None:
    """The kernel tells first that the worker is gone, and then what it said before."""

    deaths: list[bytes | BaseException] = []

    async def body(child: WorkerProcess, theirs: socket.socket) -> None:
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

    asyncio.run(asyncio.wait_for(beside(body), 10))
    begun, *others = deaths
    assert isinstance(begun, WorkerDiedError)
    assert begun.guilty
    for death in others:
        assert isinstance(death, WorkerDiedError)
        assert not death.guilty
        assert not death.in_vain


def test_who_asks_is_answered_at_once_while_others_can_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child_module, "LULL", 3600)

    async def body(child: WorkerProcess, theirs: socket.socket) -> None:
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

    asyncio.run(asyncio.wait_for(beside(body), 10))
