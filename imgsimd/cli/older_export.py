"""Whether a file is an older export of ours, which a new one may replace."""

from __future__ import annotations

import os

NAME = b"imgsimd-gallery"
"""See `exchange.layout`: how an export says what it is."""
_LARGEST_FOOTER = 2**27
"""Bytes: what `exchange` writes at most, twice."""


def is_one(descriptor: int) -> bool:
    """Whether the open file is a Parquet or npz file of ours. An index says nothing of who made it,
    so none is ever taken for ours. Raises OSError."""
    head = os.pread(descriptor, 64, 0)
    if head.startswith(b"PK\x03\x04"):
        return head[30:].startswith(NAME + b".npy")  # the name of the first file in a zip
    return head.startswith(b"PAR1") and NAME in _footer(descriptor)


def _footer(descriptor: int) -> bytes:
    """What a Parquet file says of itself at its end, before its length and `PAR1`."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, 8, max(0, size - 8))
    length = min(int.from_bytes(tail[:4], "little"), _LARGEST_FOOTER, size)
    return os.pread(descriptor, length, size - 8 - length) if size >= 8 + length else b""
