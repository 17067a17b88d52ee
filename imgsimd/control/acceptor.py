"""Where callers come in: accepted one by one, for as long as there are descriptors for them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.1
"""Seconds until the next try where descriptors or memory have run out."""
COMPLAINT_SECONDS = 60.0
"""Seconds between two lines in the log about it."""


class Acceptor:
    """Meets every caller of a listening socket with a protocol of his own.

    Asyncio's own server takes in all who wait before it looks at any of them, so that no limit
    holds; and where descriptors run out, it tries, fails and complains once for each.
    """

    def __init__(self, sock: socket.socket, meet: Callable[[], asyncio.Protocol]) -> None:
        self._socket = sock
        self._meet = meet
        self._coming: set[asyncio.Task[object]] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._complain_at = 0.0

    def open(self) -> None:
        """Lets callers in from now on. They may have waited."""
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket, self._let_in)

    def close(self) -> None:
        """Lets nobody in any more. Idempotent."""
        asyncio.get_running_loop().remove_reader(self._socket)
        if self._retry:
            self._retry.cancel()

    def _let_in(self) -> None:
        """One caller; the loop comes back for the next when it has seen to the others."""
        loop = asyncio.get_running_loop()
        try:
            caller, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # who knocked has left
        except OSError as error:
            self._rest(error)
            return
        coming = loop.create_task(loop.connect_accepted_socket(self._meet, caller))
        self._coming.add(coming)  # the loop itself would let it be collected
        coming.add_done_callback(self._coming.discard)

    def _rest(self, error: OSError) -> None:
        """The caller waits on, and must not wake the loop without end."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._complain_at:
            log.warning("No caller can be let in: %s. It is tried again.", error.strerror)
            self._complain_at = loop.time() + COMPLAINT_SECONDS
        loop.remove_reader(self._socket)
        self._retry = loop.call_later(RETRY_SECONDS, self.open)
