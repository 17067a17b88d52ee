"""The daemon's link to Milvus: requests go to a process that is started when it is needed."""

from __future__ import annotations

import threading
from typing import TypeVar, cast

from imgsimd.errors import StoreError, StoreFault
from imgsimd.milvus.address import reach
from imgsimd.milvus.child import Child, GoneError
from imgsimd.milvus.frames import Failure
from imgsimd.milvus.messages import Request, Server

R = TypeVar("R")
PATIENCE = 20.0
"""Seconds that the process may need besides those of Milvus, to start and to pack: mostly 2."""
TRIES = 2
"""Processes that may die of a request, or during it: all requests can be repeated."""
_DIED = (
    "The process that talks to Milvus ended before it had an answer. Was it killed, or is memory "
    "short?"
)
_CLOSED = "Nothing is asked of Milvus any more."
_STUCK = "The process that talks to Milvus does not answer. Is the machine overloaded?"
_CANNOT_START = "The process that talks to Milvus cannot be started ({})."


class Link:
    """Any thread may ask. Uses no memory to speak of while nobody does."""

    def __init__(self, server: Server, seconds: float, idle_seconds: float = 60.0) -> None:
        """Milvus has so many seconds for each request that does not say otherwise. The process ends
        when nobody has asked for so long."""
        self._server = server
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._child: Child | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        child = self._child
        return None if child is None or child.has_ended else child.pid

    def ask(self, request: Request[R], seconds: float | None = None) -> R:
        """Blocks until there is an answer. Raises StoreError, or ValueError for a wrong request. No
        process is started where nothing listens at the server's address."""
        limit = self._seconds if seconds is None else seconds
        if self.pid is None:
            reach(self._server.uri, limit)
        for _ in range(TRIES):
            child = self._running()
            try:
                answer = child.ask(request, limit, PATIENCE)
            except GoneError:
                continue
            except TimeoutError as error:
                child.end()  # whoever asks next has another one started
                raise StoreError(_STUCK, StoreFault.SLOW) from error
            if isinstance(answer, Failure):
                raise _error(answer)
            return cast(R, answer)
        raise StoreError(_CLOSED if self._is_closed else _DIED, StoreFault.FAILED)

    def reach(self) -> None:
        """Raises StoreError if nothing listens at the server's address. Blocks; starts nothing."""
        reach(self._server.uri, self._seconds)

    def close(self) -> None:
        """Ends the process. Whoever waits, or asks later, gets StoreError."""
        with self._lock:
            self._is_closed = True
            child, self._child = self._child, None
        if child is not None:
            child.end()

    def _running(self) -> Child:
        with self._lock:
            if self._is_closed:
                raise StoreError(_CLOSED, StoreFault.FAILED)
            if self._child is None or self._child.has_ended:
                try:
                    self._child = Child(self._server, self._idle_seconds)
                except OSError as error:
                    why = _CANNOT_START.format(error.strerror)
                    raise StoreError(why, StoreFault.FAILED) from error
            return self._child


def _error(failure: Failure) -> StoreError | ValueError:
    if failure.fault is None:
        return ValueError(failure.message)
    return StoreError(failure.message, failure.fault)
