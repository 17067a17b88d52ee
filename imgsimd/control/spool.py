"""The body of a request, kept once: a large one, or one to hand on, outside of our own memory."""

from __future__ import annotations

import os
from io import FileIO

from imgsimd.closing import Closing

SMALL = 2**18
"""Bytes: most JSON is smaller, and is answered even where no file may be written."""


class Spool(Closing):
    """Bytes that may be had behind a file descriptor, for the worker. A context manager.

    There they are in memory that belongs to no process (memfd_create(2)) and goes with the
    descriptor: the disk, which may be full, is not needed, and nothing of a picture stays anywhere.
    """

    def __init__(self) -> None:
        self.size = 0
        self._small = bytearray()
        self._file: FileIO | None = None

    @property
    def descriptor(self) -> int:
        """Behind which the bytes are. Raises OSError where the system has none to give."""
        if self._file is None:
            self._file = FileIO(os.memfd_create("body", os.MFD_CLOEXEC), "r+")
            _write(self._file.fileno(), self._small)
            self._small.clear()
        return self._file.fileno()

    def write(self, piece: bytes) -> None:
        """Adds the piece. Raises OSError where there is no memory for it."""
        if self._file is None and self.size + len(piece) <= SMALL:
            self._small += piece
        else:
            _write(self.descriptor, piece)
        self.size += len(piece)

    def read(self, start: int, most: int) -> bytes:
        """A copy of some bytes."""
        if self._file is None:
            return bytes(self._small[start : start + most])
        return os.pread(self.descriptor, most, start)

    def close(self) -> None:
        """Gives the memory back."""
        if self._file is not None:
            self._file.close()


def _write(descriptor: int, piece: bytes | bytearray) -> None:
    with memoryview(piece) as rest:
        written = 0
        while written < len(rest):
            written += os.write(descriptor, rest[written:])
