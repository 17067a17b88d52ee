"""The HTTP server: uvicorn on a socket that is already bound, in a loop that it does not own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgsimd import __version__, versions
from imgsimd.control.acceptor import Acceptor
from imgsimd.control.http_connection import Connection, refuse
from imgsimd.errors import StoppedError

KEEP_ALIVE_SECONDS = 5
"""How long a connection may be idle between two requests."""
FINISH_SECONDS = 2
"""How long requests under way may take when the daemon stops; it has 5 seconds in all."""
CANCEL_SECONDS = 0.2
"""How long a cancelled request may take to answer: the loop needs some turns, not time."""


class Server:
    """Answers on a listening socket, which it does not close, and which can be exchanged."""

    def __init__(self, app: ASGIApp, sock: socket.socket) -> None:
        self._requests = _Requests(app)
        self._uvicorn = _Uvicorn(_config(self._requests), sock)

    def move(self, sock: socket.socket) -> None:
        """Accepts connections at this socket from now on, and no longer at the one before. Requests
        of earlier connections are still answered."""
        self._uvicorn.move(sock)

    async def at_rest(self, patience: float) -> None:
        """Returns when the requests that are under way have been answered, but for event streams;
        after so many seconds at the latest. Goes on answering others."""
        if tasks := self._uvicorn.server_state.tasks - self._requests.streams:
            await asyncio.wait(tasks, timeout=patience)

    async def serve(self, on_ready: Callable[[], None]) -> None:
        """Answers until cancelled. Calls `on_ready` once, when the first request can be answered.

        When cancelled, it ends event streams at once, and refuses other requests that are not
        answered within FINISH_SECONDS. When it returns, no task of a request is left.
        """
        self._uvicorn.on_ready = on_ready
        try:
            await self._uvicorn.serve(sockets=[])
        finally:
            self._requests.end_streams()
            await self._uvicorn.shutdown(sockets=[])
            await _cut(self._uvicorn)


class _Uvicorn(uvicorn.Server):
    """Uvicorn with our acceptor, and without its signal handlers (the daemon has its own) and its
    clock, which wakes ten times a second to renew a Date header that nobody needs here."""

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
        self.server_state.default_headers = self.config.encoded_headers  # its clock would do that
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
    """The app, whose requests can be ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.streams: set[asyncio.Task[None]] = set()
        """Those that answer with events."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        begun = ended = False

        async def watched(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            if _starts_stream(message):
                self.streams.add(task)
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:  # only the end of `serve` cancels a request
            if ended:
                return
            if task in self.streams:
                await send({"type": "http.response.body", "body": b""})
            elif not begun:
                await refuse(send, StoppedError("imgsimd is being stopped."))
            else:
                raise
        finally:
            self.streams.discard(task)

    def end_streams(self) -> None:
        """Ends the answers that would never end by themselves."""
        for task in self.streams:
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
        log_level="error",  # its warnings are about callers' faults, which these are told of
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        headers=[(versions.HEADER, __version__)],
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )


async def _cut(server: uvicorn.Server) -> None:
    """Ends what was not finished in time: callers that do not read, or have sent half a request."""
    state = server.server_state
    await _finish_answers(state.tasks)
    for connection in list(state.connections):
        connection.transport.abort()
    await _finish_answers(state.tasks)


async def _finish_answers(tasks: set[asyncio.Task[None]]) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=CANCEL_SECONDS)
