"""Threads that wait for a server on another machine. As they are threads of their own, a server
that hangs holds up nothing else, and a dead disk, which may hold all other threads, holds up no
question to a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

MOST = 32
"""Waits at a time. Thumbnails for a page of `browse` take six."""
_threads = ThreadPoolExecutor(MOST, "server")


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `asyncio.to_thread`, for functions that ask a server."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, lambda: function(*args, **kwargs))
