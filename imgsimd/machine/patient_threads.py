"""Threads for file work that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from imgsimd.machine import priority

P = ParamSpec("P")
T = TypeVar("T")


class PatientThreads:
    """Threads that give way to all other programs; those of the event loop for what is urgent."""

    def __init__(self, count: int, may_give_way: Callable[[], bool]) -> None:
        self._may_give_way = may_give_way
        self._threads = ThreadPoolExecutor(count, "patient", initializer=priority.give_way)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `asyncio.to_thread`, in a thread that gives way if it may."""
        if not self._may_give_way():
            return await asyncio.to_thread(function, *args, **kwargs)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))
