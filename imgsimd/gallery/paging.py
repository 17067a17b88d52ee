"""Long lists of the catalog, asked for in pages, so that questions get in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K")


async def pages(
    ask: Callable[[K], Awaitable[list[T]]], first: K, key: Callable[[T], K]
) -> AsyncIterator[list[T]]:
    """All pages until an empty one. `ask` gives what comes after a key: first after `first`, then
    after the `key` of the last entry of the page before."""
    after = first
    while page := await ask(after):
        yield page
        after = key(page[-1])
