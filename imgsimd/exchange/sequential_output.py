"""A stream that is only ever written on: a file, or a pipe, which cannot say where it is."""

from __future__ import annotations

from typing import IO


class SequentialOutput:
    """What libraries write into. It cannot be searched, and closing it leaves the stream open."""

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._written = 0

    def write(self, content: bytes | memoryview) -> int:
        """Returns how many bytes were written: all. Raises OSError."""
        self._stream.write(content)
        size = memoryview(content).nbytes
        self._written += size
        return size

    def tell(self) -> int:
        """How many bytes were written."""
        return self._written

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        """The caller closes the stream."""

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False
