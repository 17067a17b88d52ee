"""The status for all who wait for it to change, computed once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Protocol

from imgsimd.health import Status

POLL_SECONDS = 0.1
"""Between two looks while anybody listens. Looking is cheap if nothing has changed."""


class Source(Protocol):
    """Knows the status: `Health`."""

    @property
    def version(self) -> object:
        """Cheap to ask for, and equal for as long as the status has not changed."""

    async def status(self) -> Status:
        """Computes the status."""


class StatusFeed:
    """Tells listeners of each change. Runs on the event loop.

    It looks while anybody listens, and sleeps otherwise. However many listen, the status is
    computed at most once for each look, and only if its version has changed.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._computing = asyncio.Lock()
        self._version: object = None
        self._status: Status | None = None
        self._failure: Exception | None = None
        self._news = asyncio.Event()
        self._listeners = 0
        self._wanted = asyncio.Event()

    async def now(self) -> Status:
        """The status, computed anew if it may have changed. Raises as `Health.status` does."""
        async with self._computing:
            version = self._source.version  # first: what changes meanwhile is seen at the next look
            if self._status is None or version != self._version:
                status = await self._source.status()
                self._version, self._failure = version, None
                if status != self._status:
                    self._status = status
                    self._tell()
            return self._status

    async def changes(self) -> AsyncGenerator[Status]:
        """The status now, and whenever it has changed. Who reads slowly gets the last one only.

        Raises as `Health.status` does.
        """
        with self._listening():
            status = await self.now()
            while True:
                yield status
                status = await self._other_than(status)

    async def run(self) -> None:
        """Looks again and again while anybody listens, until cancelled."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(POLL_SECONDS)
            try:
                if self._listeners:
                    await self.now()
            except Exception as error:  # each listener raises it
                self._failure = error
                self._tell()

    async def _other_than(self, seen: Status) -> Status:
        while self._status is None or self._status is seen:
            if self._failure:
                raise self._failure
            await self._news.wait()
        return self._status

    def _tell(self) -> None:
        """Wakes all who listen now; later ones wait for the next news."""
        self._news.set()
        self._news = asyncio.Event()

    @contextmanager
    def _listening(self) -> Iterator[None]:
        self._listeners += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._wanted.clear()
