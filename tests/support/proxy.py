"""The daemon's socket as a port of this machine, for tools that know no Unix sockets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def over_tcp(path: Path) -> Iterator[str]:
    """The address, `127.0.0.1:PORT`, while it is there. Bytes go through unchanged."""
    loop = asyncio.new_event_loop()
    meet = _Meeting(path)
    server = loop.run_until_complete(asyncio.start_server(meet, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        server.close()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class _Meeting:
    def __init__(self, path: Path) -> None:
        self._path = path

    async def __call__(self, caller: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        answer, ask = await asyncio.open_unix_connection(self._path)
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
