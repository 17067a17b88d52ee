"""One process that talks to Milvus, as the daemon handles it: its start, its questions, its end."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from itertools import count
from typing import Any

from imgsimd.errors import StoreFault
from imgsimd.milvus.frames import Failure, Question, Reply, receive, send
from imgsimd.milvus.messages import Request, Server

EXIT_SECONDS = 1.0
"""In which it is gone after the socket was closed, or is killed."""
SEND_LIMIT = struct.pack("ll", 20, 0)
"""Seconds and microseconds in which it has to take some more of a question, or is ended."""
ENVIRONMENT = {
    "GRPC_VERBOSITY": "NONE",
    "OPENBLAS_NUM_THREADS": "1",  # numpy only copies here
}


class GoneError(Exception):
    """The process ended before it answered, or had ended before it was asked."""


class Child:
    """Any thread may ask. It ends by itself when nobody has asked for a while, or the server has
    been away for as long: whoever tries again and again does not keep it, then."""

    def __init__(self, server: Server, idle_seconds: float) -> None:
        """Raises OSError where no process can be started."""
        self._idle_seconds = idle_seconds
        self._numbers = count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._used = time.monotonic()
        self._has_ended = False
        self._state = threading.Lock()
        self._sending = threading.Lock()
        self._channel, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _started(theirs.fileno())
            except OSError:
                self._channel.close()
                raise
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, SEND_LIMIT)
        self._send(server)
        self._listener = threading.Thread(target=self._listen, name="milvus", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._has_ended

    def ask(self, request: Request[Any], seconds: float, patience: float) -> Any:
        """The answer, which may be a Failure. Milvus has so many seconds, the process `patience`
        more. Raises GoneError, or TimeoutError."""
        number, answer = next(self._numbers), Future[Any]()
        with self._state:
            if self._has_ended:
                raise GoneError
            self._waiting[number] = answer
        try:
            self._send(Question(number, request, seconds))
            return answer.result(seconds + patience)
        finally:
            with self._state:
                self._waiting.pop(number, None)

    def end(self) -> None:
        """Ends it now; who waits for an answer gets GoneError. Returns when it is gone."""
        self._hang_up()
        self._listener.join()

    def _send(self, value: object) -> None:
        """Where it cannot be sent whole, nothing more can be: the process has to end."""
        try:
            with self._sending:
                send(self._channel, value)
        except OSError:
            self._hang_up()

    def _listen(self) -> None:
        """Passes on answers, until one of both sides hangs up."""
        with contextlib.suppress(OSError, EOFError):
            while self._is_needed():
                reply: Reply = receive(self._channel)
                with self._state:
                    answer = self._waiting.pop(reply.number, None)
                    if not _is_away(reply.answer):
                        self._used = time.monotonic()
                if answer is not None:
                    answer.set_result(reply.answer)
        self._hang_up()
        self._channel.close()
        try:
            self._process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _is_needed(self) -> bool:
        """Waits until there is something to read: then it is. It is not when it was of no use for
        so long."""
        readable = select.poll()
        readable.register(self._channel, select.POLLIN)
        while True:
            with self._state:
                left = self._used + self._idle_seconds - time.monotonic()
                if self._waiting:
                    left = self._idle_seconds
                elif left <= 0:
                    self._has_ended = True
                    return False
            if readable.poll(left * 1000):
                return True

    def _hang_up(self) -> None:
        """Both ends read that nothing comes any more. Idempotent."""
        with self._state:
            self._has_ended = True
            waiting, self._waiting = list(self._waiting.values()), {}
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        for answer in waiting:
            answer.set_exception(GoneError())


def _is_away(answer: object) -> bool:
    return isinstance(answer, Failure) and answer.fault is StoreFault.AWAY


def _started(channel: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "imgsimd.milvus.process", str(channel)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[channel],
        start_new_session=True,  # Ctrl-C in a terminal is for the daemon
        env=os.environ | ENVIRONMENT,
    )
