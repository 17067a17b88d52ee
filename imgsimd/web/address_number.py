"""A whole number in an address."""

from __future__ import annotations

_DIGITS = 20
"""So many are beyond every end that anything here has; int() refuses thousands."""


def read(text: str) -> int | None:
    """The number that is written in digits; None for other text. Of a longer one, only the first
    digits count."""
    return int(text[:_DIGITS]) if text.isascii() and text.isdecimal() else None
