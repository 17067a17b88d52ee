"""What a worker said last is heard, however it ends."""

from __future__ import annotations

import asyncio
import socket

from imgsimd.embedding.child import Child, WorkerDiedError
from imgsimd.embedding.protocol import LONGEST, Answer, Kind, Order, Task


def test_the_blame_falls_on_what_was_begun_even_if_more_was_asked_than_the_worker_read() -> None:
    """The kernel tells first that the worker is gone, and then what it said before."""

    async def body() -> list[bytes | BaseException]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        process = await asyncio.create_subprocess_exec("true")
        child = Child(process, ours, deadline=60)
        with open("/dev/null") as picture:
            asked = [
                asyncio.create_task(child.ask(Task.EMBED, picture.fileno(), urgent=False))
                for _ in range(2)
            ]
            await asyncio.sleep(0)  # both are asked, and only one is read
            order = Order.unpack(theirs.recv(LONGEST))
            theirs.send(Answer(order.job, Kind.STARTED).pack())
            theirs.close()
            deaths = await asyncio.gather(*asked, child.ask(Task.EMBED, picture.fileno(), False),
                                          return_exceptions=True)  # fmt: skip
        await child.stop()
        return deaths

    begun, *others = asyncio.run(asyncio.wait_for(body(), 10))
    assert isinstance(begun, WorkerDiedError)
    assert begun.guilty
    for death in others:
        assert isinstance(death, WorkerDiedError)
        assert not death.guilty
        assert not death.in_vain
