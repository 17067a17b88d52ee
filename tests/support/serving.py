"""Real servers on real sockets: a whole daemon, or a single app in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from starlette.types import ASGIApp

from imgsimd.control.listener import bind
from imgsimd.control.server import Server
from imgsimd.errors import StoppedError
from tests.support.household import Household, indexed
from tests.support.patience import DEADLINE


def heard(events: Iterator[dict[str, object]]) -> list[dict[str, object]]:
    """The events until the daemon ends, which is told as an error: it is no end of the work."""
    found = []
    try:
        for event in events:
            found.append(event)  # noqa: PERF402 - what came before the error counts
    except StoppedError:
        return found
    raise AssertionError("nobody told of the end")


class Running:
    """An app being served on `path`, until `stop`."""

    def __init__(self, app: ASGIApp, path: Path) -> None:
        self.path = path
        self._app = app
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(DEADLINE)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        with bind(self.path) as listener:
            self._task = asyncio.ensure_future(
                Server(self._app, listener.socket).serve(self._ready.set)
            )
            await asyncio.wait([self._task])

    def stop(self) -> None:
        """Cancel the serving and wait for its end. Idempotent."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def connect(self) -> socket.socket:
        """A caller's end of a new connection."""
        caller = socket.socket(socket.AF_UNIX)
        caller.settimeout(DEADLINE)
        caller.connect(str(self.path))
        return caller


def read_until(caller: socket.socket, end: bytes) -> bytes:
    """What the server sends, up to `end` or to its hanging up."""
    heard = b""
    while end not in heard and (more := caller.recv(65536)):
        heard += more
    return heard


Start: TypeAlias = Callable[[ASGIApp], Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Serves an app; all that were started are stopped at the end of the test."""
    started: list[Running] = []

    def start_one(app: ASGIApp) -> Running:
        started.append(Running(app, tmp_path / f"{len(started)}.sock"))
        return started[-1]

    yield start_one
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Six indexed photos and a running daemon, which every test leaves as it was."""
    with indexed(tmp_path_factory.mktemp("served"), album[:6]) as home:
        yield home
