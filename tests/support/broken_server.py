"""A server that breaks off in the middle of an answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.patience import DEADLINE

HALF = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
HALF_EVENT = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    b'12\r\ndata: {"tick": 1}\n\r\n'
    b'12\r\ndata: {"ti'
)


@contextmanager
def misbehaving(path: Path, answer: bytes) -> Iterator[None]:
    """A server that sends `answer` to its first caller and hangs up."""

    def meet() -> None:
        caller, _ = server.accept()
        with caller:
            caller.recv(65536)
            caller.sendall(answer)

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        thread = threading.Thread(target=meet)
        thread.start()
        yield
        thread.join(DEADLINE)
