"""Whether the store can be used, while there is nothing to push: so that the status is right before
anybody asks a question.

While all is well, it is mostly only found out whether anything listens at the server's address,
which needs no process. What a question finds out is believed at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from imgsimd import server_threads
from imgsimd.errors import StoreError, StoreFault
from imgsimd.lasting_fault import LastingFault
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import ReadHosts
from imgsimd.pushing.retries import retries

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
"""Between two looks while all is well."""
LOOKS = 60
"""After so many of them, the server is asked whether it still has everything: each time, a process
is there for a minute."""
SECONDS = 20.0
"""For a request."""


class StoreWatch:
    """Runs on the event loop."""

    def __init__(
        self, ask: Ask, prefix: str, reach: Callable[[], None], on_doubt: Callable[[bool], None]
    ) -> None:
        """`reach` raises StoreError if nothing listens; it may block, and runs in a thread.
        `on_doubt` is called when the store can be used, and may have lost what it had: after any
        trouble, and once in a while. True: each row may be missing, since another machine may have
        made again what was lost."""
        self._ask = ask
        self._prefix = prefix
        self._reach = reach
        self._on_doubt = on_doubt
        self._is_lost = False
        """Whether a question has found that something is."""
        self._has_news = asyncio.Event()
        self._is_hurried = asyncio.Event()
        self._fault = LastingFault(log, "The server that several machines share can be used again.")
        self.trouble: StoreError | None = None
        """Why it cannot be used."""

    def hear(self, trouble: StoreError | None) -> None:
        """What a question has found out; None: it was answered."""
        if trouble is not None and self.trouble is None:
            self._has_news.set()
            self._is_lost |= trouble.fault == StoreFault.LOST
        self.trouble = trouble

    def hurry(self) -> None:
        """Somebody wants to know whether it can be used again: it is tried at once."""
        self._is_hurried.set()

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        looks = 0
        while True:
            self._has_news.clear()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._has_news.wait()
            except TimeoutError:
                await self._look()
                looks += 1
            if self._has_news.is_set() or self.trouble is not None or looks == LOOKS:
                await self._until_usable()
                self._on_doubt(self._is_lost or looks == LOOKS)
                self._is_lost, looks = False, 0

    async def _look(self) -> None:
        try:
            await server_threads.run(self._reach)
        except StoreError as error:
            self.trouble = error

    async def _until_usable(self) -> None:
        backoff = retries()
        while self.trouble is not None:
            self._fault.happens(str(self.trouble))
            self._is_hurried.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(backoff.step()):
                    await self._is_hurried.wait()
            try:
                await server_threads.run(self._ask.ask, ReadHosts(self._prefix), SECONDS)
                self.trouble = None
            except StoreError as error:
                self.trouble = error
        self._fault.is_over()
