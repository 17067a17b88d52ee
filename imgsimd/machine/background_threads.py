"""Threads for file work that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from imgsimd.machine import priority

P = ParamSpec("P")
T = TypeVar("T")


class BackgroundThreads:
    """Threads of idle priority (`priority.py`), for as long as that is wanted."""

    def __init__(self, count: int, uses_idle_priority: Callable[[], bool]) -> None:
        self._uses_idle_priority = uses_idle_priority
        self._threads = ThreadPoolExecutor(count, "background", initializer=priority.lower)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `asyncio.to_thread`; in a thread of idle priority, if `uses_idle_priority` says so."""
        if not self._uses_idle_priority():
            return await asyncio.to_thread(function, *args, **kwargs)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))
