"""A lock that several threads hold at once, or one thread alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """For so many threads."""

    def __init__(self, threads: int) -> None:
        self._places = threading.Semaphore(threads)
        self._threads = threads
        self._turn = threading.Lock()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Holds the lock together with others; waits while one thread holds it alone."""
        with self._places:
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the lock alone; waits until all others have released it."""
        with self._turn:
            for _ in range(self._threads):
                self._places.acquire()
        try:
            yield
        finally:
            self._places.release(self._threads)
