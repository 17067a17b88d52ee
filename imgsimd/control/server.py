"""The HTTP server: uvicorn on a socket that is already bound, in an event loop it does not own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgsimd.control.acceptor import Acceptor
from imgsimd.control.http_connection import Connection, refuse
from imgsimd.errors import StoppedError

KEEP_ALIVE_SECONDS = 5
"""Seconds that a connection may rest between two requests."""
FINISH_SECONDS = 2
"""Seconds that requests under way have to finish when the daemon stops; SIGTERM has 5 in all."""
CANCEL_SECONDS = 0.2
"""Seconds for a cancelled request to say so: the loop needs some turns, not time."""


class Server:
    """Answers on a listening socket, which stays its owner's, and which can be exchanged."""

    def __init__(self, app: ASGIApp, sock: socket.socket) -> None:
        self._requests = _Requests(app)
        self._uvicorn = _Uvicorn(_config(self._requests), sock)

    def move(self, sock: socket.socket) -> None:
        """Lets callers in at this socket from now on, and no longer at the one before. Who has come
        in already is answered."""
        self._uvicorn.move(sock)

    async def serve(self, on_ready: Callable[[], None]) -> None:
        """Answers until cancelled; calls `on_ready` once when the first request can be met.

        On cancellation event streams end at once, other requests have FINISH_SECONDS and are then
        refused; when this returns, no task of theirs is left.
        """
        self._uvicorn.on_ready = on_ready
        try:
            await self._uvicorn.serve(sockets=[])
        finally:
            self._requests.end_streams()
            await self._uvicorn.shutdown(sockets=[])
            await _cut(self._uvicorn)


class _Uvicorn(uvicorn.Server):
    """Uvicorn with a door of our own, and without its signal handlers (the daemon has others) and
    its clock, which wakes ten times a second to renew a Date header that nobody needs here."""

    def __init__(self, config: uvicorn.Config, sock: socket.socket) -> None:
        super().__init__(config)
        self.on_ready: Callable[[], None] = lambda: None
        self.servers = []
        self._acceptor = Acceptor(sock, self._connection)

    def move(self, sock: socket.socket) -> None:
        self._acceptor.close()
        self._acceptor = Acceptor(sock, self._connection)
        self._acceptor.open()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._acceptor.open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._acceptor.close()
        await super().shutdown(sockets)

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, app_state={})

    async def main_loop(self) -> None:
        self.on_ready()
        await asyncio.get_running_loop().create_future()  # until cancelled


class _Requests:
    """The app, with requests that can be ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._streams: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        begun = ended = False

        async def watched(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            if _starts_stream(message):
                self._streams.add(task)
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:  # only the end of `serve` cancels a request
            if ended:
                return
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
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=FINISH_SECONDS,
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
        await asyncio.wait(tasks, timeout=CANCEL_SECONDS)
