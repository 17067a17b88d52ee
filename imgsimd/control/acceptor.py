"""Accepts connections one by one, for as long as there are file descriptors for them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.1
"""Until the next try when descriptors or memory have run out."""
WARN_SECONDS = 60.0
"""Between two lines in the log about that."""


class Acceptor:
    """Accepts the connections of a listening socket, each with a protocol of its own.

    asyncio's own server accepts all that wait before it serves any of them, so that no limit holds;
    and when descriptors run out, it tries, fails and logs an error for each of them.
    """

    def __init__(self, sock: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._socket = sock
        self._protocol = protocol
        self._connecting: set[asyncio.Task[object]] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._warn_at = 0.0

    def open(self) -> None:
        """Accepts connections from now on, and those that have waited."""
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Accepts no more connections. Idempotent."""
        asyncio.get_running_loop().remove_reader(self._socket)
        if self._retry:
            self._retry.cancel()

    def _accept(self) -> None:
        """One connection. The loop calls again for the next, after it has served the others."""
        loop = asyncio.get_running_loop()
        try:
            caller, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # the caller has left
        except OSError as error:
            self._pause(error)
            return
        connecting = loop.create_task(loop.connect_accepted_socket(self._protocol, caller))
        self._connecting.add(connecting)  # the loop alone does not keep a task alive
        connecting.add_done_callback(self._connecting.discard)

    def _pause(self, error: OSError) -> None:
        """The caller goes on waiting; meanwhile it must not wake the loop again and again."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._warn_at:
            log.warning("No connection can be accepted: %s. Trying again.", error.strerror)
            self._warn_at = loop.time() + WARN_SECONDS
        loop.remove_reader(self._socket)
        self._retry = loop.call_later(RETRY_SECONDS, self.open)
