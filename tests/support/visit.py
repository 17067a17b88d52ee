"""Asks for the pages as a browser does that was given their address, without one."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from imgsimd.client import Client
from imgsimd.web.access import Access
from imgsimd.web.app import app
from imgsimd.web.live import Live
from imgsimd.web.uploads import Uploads
from imgsimd.web.visitors import Visitors
from tests.support import page_answer
from tests.support.page_answer import MOST_BYTES, Answer
from tests.support.patience import DEADLINE
from tests.support.serving import Running


class Visit:
    """The pages, asked for with their cookie."""

    def __init__(self, socket_path: Path, place: str, address: str) -> None:
        self._socket_path = socket_path
        self._place = place
        self._cookie = ""
        parts = urlsplit(address)
        first = self._ask("GET", f"{parts.path}?{parts.query}", b"", {})
        self._cookie = first.cookie

    def get(self, address: str, **headers: str) -> Answer:
        """`address` is relative to the pages; `if_none_match` stands for `If-None-Match`."""
        return self._ask("GET", f"/{self._place}/{address}", b"", headers)

    def post(self, address: str, body: bytes = b"", **headers: str) -> Answer:
        """As a script of a page does."""
        own = {"Origin": "http://127.0.0.1:1", "Accept": "application/json"}
        return self._ask("POST", f"/{self._place}/{address}", body, own | headers)

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1:1", timeout=DEADLINE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self._socket_path))
        return page_answer.ask(connection, method, path, body, {**headers, "Cookie": self._cookie})


@contextmanager
def visiting(client: Client, folder: Path) -> Iterator[Visit]:
    """Serves the pages on a socket in the folder."""

    def report(error: Exception) -> str:
        raise error

    access = Access()
    running = Running(
        app(client, MOST_BYTES, access, Live(client, Visitors()), Uploads(client), report),
        folder / "pages.sock",
    )
    try:
        yield Visit(running.path, access.place, access.address(1))
    finally:
        running.stop()


def is_picture(answer: Answer) -> bool:
    """Whether it is a JPEG."""
    return answer.status == HTTPStatus.OK and answer.headers["content-type"] == "image/jpeg"
