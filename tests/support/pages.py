"""The pages as `browse` serves them, on a port, and requests that no browser would send."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imgsimd.client import Client
from imgsimd.web.access import Access
from imgsimd.web.app import app
from imgsimd.web.listening import listen
from imgsimd.web.live import Live
from imgsimd.web.server import Server
from imgsimd.web.uploads import Uploads
from imgsimd.web.visitors import Visitors
from tests.support import page_answer
from tests.support.page_answer import MOST_BYTES, Answer
from tests.support.patience import DEADLINE


class Pages:
    """A server on a port, without a browser."""

    def __init__(self, port: int, access: Access) -> None:
        self.port = port
        self.place = access.place
        self.address = access.address(port)
        self.first = self.address.removeprefix(f"http://127.0.0.1:{port}")
        """The path of the first address, with its token."""

    def ask(self, path: str, method: str = "GET", /, content: str = "", **headers: str) -> Answer:
        """`sec_fetch_site` stands for `Sec-Fetch-Site`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        return page_answer.ask(connection, method, path, content.encode(), headers)

    def page(self, name: str, **headers: str) -> Answer:
        """A page by its name."""
        return self.ask(f"/{self.place}/{name}", **headers)


@contextmanager
def serving(socket_path: Path, visitors: Visitors | None = None) -> Iterator[Pages]:
    """Serves the pages of the daemon at this socket, which need not run."""
    access, live = Access("state"), Live(Client(socket_path), visitors or Visitors())
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    def report(error: Exception) -> str:
        raise error

    async def until() -> None:
        ways = [asyncio.create_task(live.visitors.gone()), asyncio.create_task(ended.wait())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()

    sock = listen()
    pages = Pages(sock.getsockname()[1], access)
    server = Server(
        app(live.client, MOST_BYTES, access, live, Uploads(live.client), report), live.end
    )
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(server.serve_until(sock, until))
    )
    thread.start()
    try:
        yield pages
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(DEADLINE)
        assert not thread.is_alive()
