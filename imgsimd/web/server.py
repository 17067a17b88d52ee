"""Serves the pages on a socket that listens already, until nobody looks at them any more."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Generator

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

SIGNALLED = 128
"""Added to a signal's number, as shells do."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FINISH_SECONDS = 1
"""How long requests under way may take at the end."""
KEEP_ALIVE_SECONDS = 60
"""How long a browser may keep a connection that it does not use."""
MOST_CONNECTIONS = 256
MOST_WAITING = 128
"""Connections on which no request has come yet: browsers make a few in advance, and keep them."""


class Protocol(H11Protocol):
    """Uvicorn's, on which connections without a request cannot keep others out: of too many, the
    oldest is closed. Every program on this machine may connect, also those that `access` refuses.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        self._made = time.monotonic()
        super().connection_made(transport)
        ours = (each for each in self.connections if isinstance(each, Protocol))
        waiting = [each for each in ours if each._is_waiting]
        if len(waiting) > MOST_WAITING:
            min(waiting, key=lambda each: each._made).transport.abort()

    @property
    def _is_waiting(self) -> bool:
        return self.conn.their_state is h11.IDLE and not self.transport.is_closing()


class Server(uvicorn.Server):
    """Uvicorn without its signal handlers and its clock, which wakes ten times a second."""

    def __init__(self, app: ASGIApp, on_end: Callable[[], None]) -> None:
        """`on_end` ends the answers that would never end by themselves."""
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="critical",  # what fails is told by a page, and by `report`
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=FINISH_SECONDS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
            )
        )
        self._on_end = on_end
        self._end = asyncio.Event()
        self._code = 0

    def run_on(self, sock: socket.socket, until: Callable[[], Awaitable[None]]) -> int:
        """Serves on a listening socket until that is done, or a signal comes. Returns the exit
        code: 0, or that of the signal.

        What then still waits for the daemon in a thread is not waited for: the process must end.
        """
        loop = asyncio.new_event_loop()
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup(1) has it
                loop.add_signal_handler(number, self._stop, SIGNALLED + number)
        loop.run_until_complete(self.serve_until(sock, until))
        return self._code

    async def serve_until(self, sock: socket.socket, until: Callable[[], Awaitable[None]]) -> None:
        """Serves on a listening socket until that is done."""

        async def watch() -> None:
            await until()
            self._stop(0)

        watching = asyncio.create_task(watch())
        await self.serve(sockets=[sock])
        watching.cancel()
        await asyncio.wait([watching])

    def _stop(self, code: int) -> None:
        self._code = code
        self.force_exit = self._end.is_set()  # the second time
        self._end.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        await self._end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_end()
        await super().shutdown(sockets)
