"""A row of a store that several hosts share."""

from __future__ import annotations

from typing import NamedTuple

from imgsimd.shared_ids import HostNumber, SharedId
from imgsimd.types import FilePath


class SharedRow(NamedTuple):
    """What is stored of an image; conditions compare these values."""

    id: SharedId
    vector: bytes
    """As it is stored in SQLite."""
    host: HostNumber
    root: FilePath
    """The innermost shared folder that it lies in, as the host names it."""
    path: FilePath
    time: int
    """When it was taken, or else its file modified: seconds since 1970, in local time."""
    format: str
    """Empty: unknown."""
    extension: str
    """In small letters, without the dot; empty: none."""
    pixels: int
    """-1: unknown."""
    shape: int
    """1, -1, 0: wider, higher, neither; 2: unknown."""
    camera: str
    """Maker and model, as filters compare them; empty: unknown."""
