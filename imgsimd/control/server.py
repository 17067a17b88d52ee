"""The HTTP server: uvicorn on a socket that is already bound, in an event loop it does not own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgsimd.control.door import Door
from imgsimd.control.limits import Connection, refuse
from imgsimd.errors import StoppedError

KEEP_ALIVE = 5
"""Seconds that a connection may rest between two requests."""
GRACE = 2
"""Seconds that requests under way have to finish when the daemon stops; SIGTERM has 5 in all."""
LAST_WORDS = 0.2
"""Seconds for a cancelled request to say so: the loop needs some turns, not time."""


async def serve(app: ASGIApp, sock: socket.socket, on_ready: Callable[[], None]) -> None:
    """Answer on `sock` until cancelled; calls `on_ready` once when the first request can be met.

    `sock` stays open and listening. On cancellation event streams end at once, other requests
    have GRACE seconds and are then refused; when this returns, no task of theirs is left.
    """
    requests = _Requests(app)
    server = _Server(_config(requests), on_ready)
    with sock.dup() as copy:  # uvicorn closes what it is given
        try:
            await server.serve(sockets=[copy])
        finally:
            requests.end_streams()
            await server.shutdown(sockets=[copy])
            await _cut(server)


class _Server(uvicorn.Server):
    """Uvicorn with a door of our own, and without its signal handlers (the daemon has others) and
    its clock, which wakes ten times a second to renew a Date header that nobody needs here."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._doors: list[Door] = []
        self.servers = []

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        for sock in sockets or ():
            self._doors.append(Door(sock, self._connection))
            self._doors[-1].open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for door in self._doors:
            door.close()
        await super().shutdown(sockets)

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, app_state={})

    async def main_loop(self) -> None:
        self._on_ready()
        await asyncio.get_running_loop().create_future()  # until cancelled


class _Requests:
    """The app, with requests that can be ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._streams: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            if _starts_stream(message):
                self._streams.add(task)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:  # only the end of `serve` cancels a request
            if task in self._streams:
                await send({"type": "http.response.body", "body": b""})
            elif not begun:
                await refuse(send, StoppedError("imgsimd is being stopped."))
            else:
                raise
        finally:
            self._streams.discard(task)

    def end_streams(self) -> None:
        """End the answers that would never end."""
        for task in self._streams:
            task.cancel()


def _starts_stream(message: Message) -> bool:
    headers = dict[bytes, bytes](message.get("headers", ()))
    return headers.get(b"content-type", b"").startswith(b"text/event-stream")


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )


async def _cut(server: uvicorn.Server) -> None:
    """End what the grace was too short for: callers who do not read, or are half way asking."""
    state = server.server_state
    await _last_words(state.tasks)
    for connection in list(state.connections):
        connection.transport.abort()
    await _last_words(state.tasks)


async def _last_words(tasks: set[asyncio.Task[None]]) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=LAST_WORDS)
