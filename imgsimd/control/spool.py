"""The body of a request. A large one, or one for the worker, is kept outside of our own memory."""

from __future__ import annotations

import os
from io import FileIO

from imgsimd.closing import Closing

SMALL = 2**18
"""Bytes: most JSON is smaller, and is answered even if no file can be made."""


class Spool(Closing):
    """Bytes that can be read through a file descriptor, by the worker. A context manager.

    They are in memory that belongs to no process (memfd_create(2)) and is freed with the
    descriptor: the disk, which may be full, is not needed, and nothing of a picture is left behind.
    """

    def __init__(self) -> None:
        self.size = 0
        self._small = bytearray()
        self._file: FileIO | None = None

    @property
    def descriptor(self) -> int:
        """Through which the bytes can be read. Raises OSError if no descriptor is left."""
        if self._file is None:
            self._file = FileIO(os.memfd_create("body", os.MFD_CLOEXEC), "r+")
            _write(self._file.fileno(), self._small)
            self._small.clear()
        return self._file.fileno()

    def write(self, piece: bytes) -> None:
        """Adds the piece. Raises OSError if there is no memory for it."""
        if self._file is None and self.size + len(piece) <= SMALL:
            self._small += piece
        else:
            _write(self.descriptor, piece)
        self.size += len(piece)

    def read(self, start: int, most: int) -> bytes:
        """At most `most` bytes from `start` on, as a copy."""
        if self._file is None:
            return bytes(self._small[start : start + most])
        return os.pread(self.descriptor, most, start)

    def close(self) -> None:
        """Frees the memory."""
        if self._file is not None:
            self._file.close()


def _write(descriptor: int, piece: bytes | bytearray) -> None:
    with memoryview(piece) as rest:
        written = 0
        while written < len(rest):
            written += os.write(descriptor, rest[written:])
