"""Who looks at the pages, and so whether the server is still needed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LEFT_SECONDS = 60.0
"""How long the last page may have been closed: it may only have been loaded again."""
UNSEEN_SECONDS = 600.0
"""How long nobody may have asked for anything, where no page has said that it is open: the browser
has not been started yet, or runs no scripts."""


class Visitors:
    """The pages that are open. Each says so by a stream, which ends with it."""

    def __init__(
        self,
        left: float = LEFT_SECONDS,
        unseen: float = UNSEEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._left, self._unseen, self._clock = left, unseen, clock
        self._open = 0
        self._were_open = False
        self._last = clock()
        self._changed = asyncio.Event()

    def seen(self) -> None:
        """Somebody has asked for something."""
        self._last = self._clock()

    @contextmanager
    def here(self) -> Iterator[None]:
        """While a page is open."""
        self._open += 1
        self._were_open = True
        try:
            yield
        finally:
            self._open -= 1
            self.seen()
            self._changed.set()

    def seconds_left(self) -> float | None:
        """How long the server is needed at least; None while a page is open."""
        if self._open:
            return None
        return self._last + (self._left if self._were_open else self._unseen) - self._clock()

    async def gone(self) -> None:
        """Returns when the server is not needed any more."""
        while (left := self.seconds_left()) is None or left > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)
