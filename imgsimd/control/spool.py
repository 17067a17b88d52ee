"""The body of a request, kept once, outside of the daemon's own memory."""

from __future__ import annotations

import os
from io import FileIO


class Spool:
    """Bytes behind a file descriptor, which can be handed to the worker. A context manager.

    They are in memory that belongs to no process (memfd_create(2)) and goes with the descriptor:
    the disk, which may be full, is not needed, and nothing of a picture is left anywhere.
    """

    def __init__(self) -> None:
        self.size = 0
        self._file: FileIO | None = None

    @property
    def descriptor(self) -> int:
        """Behind which the bytes are. Raises OSError where the system has none to give."""
        if self._file is None:
            self._file = FileIO(os.memfd_create("body", os.MFD_CLOEXEC), "r+")
        return self._file.fileno()

    def write(self, piece: bytes) -> None:
        """Adds the piece. Raises OSError where there is no memory for it."""
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]
        self.size += len(piece)

    def read(self, start: int, most: int) -> bytes:
        """A copy of some bytes."""
        return os.pread(self.descriptor, most, start) if start < self.size else b""

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()
