"""A lock that many share, and that one can have for itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """For so many threads: each at work, or one alone."""

    def __init__(self, threads: int) -> None:
        self._places = threading.Semaphore(threads)
        self._threads = threads
        self._turn = threading.Lock()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Beside others, but not beside one that is alone."""
        with self._places:
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Once all others have finished."""
        with self._turn:
            for _ in range(self._threads):
                self._places.acquire()
        try:
            yield
        finally:
            self._places.release(self._threads)
