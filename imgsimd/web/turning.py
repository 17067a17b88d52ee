"""A long list, one page of which is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
_DIGITS = 18
"""Of a number that is beyond every end; int() refuses thousands."""


class Turning(Generic[T]):
    """One page of a list; pages are counted from 1."""

    def __init__(self, items: Sequence[T], page: str, rows: int) -> None:
        """`page` is as an address has it; without sense, it is the first, and beyond the end the
        last. A page has so many `rows` at most."""
        self.pages = max(1, -(-len(items) // rows))
        self.page = min(max(int(page[:_DIGITS]), 1), self.pages) if page.isdecimal() else 1
        self.items = items[(self.page - 1) * rows : self.page * rows]
