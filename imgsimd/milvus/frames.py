"""What travels between the daemon and its process that talks to Milvus.

Pickled values with their length before them, over a pair of stream sockets. Pickle does for this:
both ends are processes of our own, of one version, and nobody else has the sockets.
"""

from __future__ import annotations

import pickle
import socket
import struct
from dataclasses import dataclass
from typing import Any

from imgsimd.errors import StoreFault
from imgsimd.milvus.messages import Request

_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Question:
    """What the daemon sends, after the `Server` that comes first."""

    number: int
    request: Request[Any]
    seconds: float
    """In which Milvus has to answer, from when this arrives."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer. (A StoreError itself cannot be pickled.)"""

    message: str
    fault: StoreFault | None
    """None: the request is wrong, as ValueError says it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back; in any order."""

    number: int
    answer: Any
    """What the request promises, or a Failure."""


def send(channel: socket.socket, value: object) -> None:
    """Returns when all is sent. Raises OSError where the other end is gone. Of several threads,
    one at a time may call it."""
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    channel.sendall(_LENGTH.pack(len(content)))
    channel.sendall(content)


def receive(channel: socket.socket) -> Any:
    """The next value. Raises EOFError, or another OSError, where the other end is gone."""
    (length,) = _LENGTH.unpack(_bytes(channel, _LENGTH.size))
    return pickle.loads(_bytes(channel, length))  # noqa: S301 - see above


def _bytes(channel: socket.socket, count: int) -> bytearray:
    content = bytearray(count)
    view, have = memoryview(content), 0
    while have < count:
        more = channel.recv_into(view[have:])
        if more == 0:
            raise EOFError
        have += more
    return content
