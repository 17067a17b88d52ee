"""The daemon's socket at another address: as a port of this machine, for tools that know no Unix
sockets, or where somebody listens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def over_tcp(path: Path) -> Iterator[str]:
    """The address, `127.0.0.1:PORT`, while it is there. Bytes go through unchanged."""
    loop = asyncio.new_event_loop()
    meet = _Meeting(path, lambda _: None)
    server = loop.run_until_complete(asyncio.start_server(meet, "127.0.0.1", 0))
    with _serving(loop, server):
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


@contextmanager
def overheard(path: Path, at: Path) -> Iterator[list[str]]:
    """The first line of each connection that comes by the socket `at`, such as
    `POST /v1/similar HTTP/1.1`. Bytes go through unchanged."""
    lines: list[str] = []
    loop = asyncio.new_event_loop()
    meet = _Meeting(path, lambda begin: lines.append(begin.partition(b"\r\n")[0].decode()))
    with _serving(loop, loop.run_until_complete(asyncio.start_unix_server(meet, at))):
        yield lines


@contextmanager
def _serving(loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> Iterator[None]:
    """In a thread. Closes loop and server at the end."""
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        server.close()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class _Meeting:
    def __init__(self, path: Path, hear: Callable[[bytes], None]) -> None:
        """`hear` is given the first bytes of each connection."""
        self._path = path
        self._hear = hear

    async def __call__(self, caller: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        begin = await caller.read(2**16)
        self._hear(begin)
        answer, ask = await asyncio.open_unix_connection(self._path)
        ask.write(begin)
        await asyncio.gather(_pass_on(caller, ask), _pass_on(answer, back))


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while some := await source.read(2**16):
            target.write(some)
            await target.drain()
    except ConnectionError:
        pass
    finally:
        target.close()
