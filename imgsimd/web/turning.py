"""A long list, one page of which is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from imgsimd.web import address_number

T = TypeVar("T")


class Turning(Generic[T]):
    """One page of a list; pages are counted from 1."""

    def __init__(self, items: Sequence[T], page: str, rows: int) -> None:
        """`page` is as an address has it; without sense, it is the first, and beyond the end the
        last. A page has so many `rows` at most."""
        self.pages = max(1, -(-len(items) // rows))
        self.page = min(address_number.read(page) or 1, self.pages)
        self.part = slice((self.page - 1) * rows, self.page * rows)
        """Where the page lies in the list."""
        self.items = items[self.part]
