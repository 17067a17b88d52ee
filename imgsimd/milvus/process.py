"""The process that talks to Milvus: `python -m imgsimd.milvus.process SOCKET`.

It alone imports pymilvus. It is told the `Server`, then carries out questions, several at a time,
until the daemon closes the socket; see `frames.py`. It prints nothing: pymilvus would log a
thousand lines for every call to a server that is away.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from imgsimd.errors import StoreFault
from imgsimd.installed import adding
from imgsimd.milvus.frames import Failure, Question, Reply, receive, send
from imgsimd.milvus.messages import Server

THREADS = 8
"""Questions at a time; whoever adds rows needs one of them."""
NOT_INSTALLED = (
    "Milvus cannot be used, because what talks to it is not installed here ({why}). Run: {command}"
)


class Answering(Protocol):
    """What carries out requests; see `requests.py`."""

    def answer(self, question: Question) -> object:
        """What the request promises, or a Failure."""


class NotInstalled:
    """Answers every question with what is missing."""

    def __init__(self, error: ImportError) -> None:
        self._failure = Failure(
            NOT_INSTALLED.format(why=error, command=adding("pymilvus", extra="milvus")),
            StoreFault.NOT_INSTALLED,
        )

    def answer(self, question: Question) -> Failure:
        return self._failure


def answering(server: Server) -> Answering:
    """Takes as long as the import of pymilvus: half a second or more."""
    try:
        from imgsimd.milvus.requests import Requests
    except ImportError as error:
        return NotInstalled(error)
    logging.disable(logging.CRITICAL)
    return Requests(server)


def work(channel: socket.socket) -> None:
    """Until the daemon closes the channel: raises EOFError, or another OSError."""
    requests = answering(receive(channel))
    turn = threading.Lock()

    def reply(question: Question) -> None:
        answer = Reply(question.number, requests.answer(question))
        with turn:
            send(channel, answer)

    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            pool.submit(reply, receive(channel))


def main() -> None:
    """Started by `child.py`, never by hand."""
    try:
        work(socket.socket(fileno=int(sys.argv[1])))
    finally:
        os._exit(0)  # calls may be under way for which nobody waits


if __name__ == "__main__":
    main()
