"""Pictures that a user asks about: a file, or what comes through a pipe."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator, Sequence
from io import FileIO
from typing import IO

import typer

from imgsimd.cli import user_paths
from imgsimd.client.limits import MOST_QUERIES
from imgsimd.client.transport import READ_BYTES
from imgsimd.errors import BadPictureError, ConfigError
from imgsimd.words import printable, quoted

STDIN = "-"
OTHER_NAMES = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
"""Of standard input."""
WRITER_SECONDS = 2.0
"""For somebody to open a named pipe for writing."""


class Picture:
    """A picture that was named."""

    def __init__(self, name: str, status: os.stat_result | None = None) -> None:
        """`status` is that of a file; a stream has none, and is received before it is opened."""
        self.name = name
        """Absolute and without links, as the daemon knows a file; `-` is standard input."""
        self._status = status
        self._received: IO[bytes] | None = None

    @property
    def is_stream(self) -> bool:
        return self._status is None

    @property
    def identity(self) -> dict[str, object]:
        """What the daemon may know the file by."""
        assert self._status
        return {
            "path": self.name,
            "size": self._status.st_size,
            "mtime_ns": self._status.st_mtime_ns,
            "inode": self._status.st_ino,
        }

    def bad(self, reason: str) -> BadPictureError:
        """The error that names this picture."""
        name = "The picture on standard input" if self.name == STDIN else printable(self.name)
        return BadPictureError(f"{name} {reason}.")

    def receive(self, most: int) -> None:
        """Takes in the whole stream, outside of memory. Raises BadPictureError, also where it has
        more than `most` bytes."""
        import tempfile

        folder = tempfile.gettempdir()
        try:
            self._received = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - stays open
            for piece in self._pieces():
                if self._received.tell() + len(piece) > most:
                    raise self.too_large()
                self._received.write(piece)
            self._received.flush()
        except OSError as error:
            reason = f"cannot be kept in {folder} ({error.strerror}): set TMPDIR to another folder"
            raise self.bad(reason) from error

    def opened(self) -> IO[bytes]:
        """Its bytes, read with the rights of the user who asks. Raises BadPictureError."""
        if self.is_stream:
            assert self._received
            return open(os.dup(self._received.fileno()), "rb")
        try:
            # What was a file a moment ago may be a pipe by now, which would never be opened.
            descriptor = os.open(self.name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            return open(descriptor, "rb")
        except OSError as error:
            raise self.bad(f"cannot be read: {error.strerror}") from error

    def too_large(self) -> BadPictureError:
        return self.bad("is larger than `max_bytes` under [worker] in the configuration allows")

    def _pieces(self) -> Iterator[bytes]:
        try:
            with open(self._source(), "rb", buffering=0) as stream:
                is_written = bool(select.select([stream], [], [], WRITER_SECONDS)[0])
                piece = _read(stream)
                if not piece and not is_written:
                    raise self.bad("is a pipe that nobody writes to")
                while piece:
                    yield piece
                    piece = _read(stream)
        except OSError as error:
            raise self.bad(f"cannot be read: {error.strerror}") from error

    def _source(self) -> int:
        if self.name != STDIN:
            return os.open(self.name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if os.isatty(0):
            raise BadPictureError(
                "Standard input is a terminal: send a picture, as in "
                "`cat photo.jpg | imgsimctl similar -`."
            )
        return os.dup(0)


def _read(stream: FileIO) -> bytes:
    """The next bytes, waited for; none at the end."""
    while (piece := stream.read(READ_BYTES)) is None:  # it does not wait by itself
        select.select([stream], [], [])
    return piece


def named(texts: Sequence[str]) -> list[Picture]:
    """The pictures with these names. Raises BadPictureError for what cannot be one, and
    typer.BadParameter where they cannot be asked about together."""
    if len(texts) > MOST_QUERIES:
        raise typer.BadParameter(f"{len(texts):,} pictures are too many: {MOST_QUERIES:,} at most.")
    found = [_named(text) for text in texts]
    if [picture.name for picture in found].count(STDIN) > 1:
        raise typer.BadParameter("Standard input is one picture: name it once.")
    return found


def _named(text: str) -> Picture:
    if text == STDIN or text in OTHER_NAMES:
        return Picture(STDIN)
    path = _path(text)
    name = printable(text)
    try:
        status = os.stat(path)
    except FileNotFoundError as error:
        raise BadPictureError(f"There is no file {name}: check its name.") from error
    except OSError as error:
        raise BadPictureError(f"{name} cannot be read: {error.strerror}.") from error
    if stat.S_ISREG(status.st_mode):
        real = os.path.realpath(path)
        return Picture(real, status) if os.path.exists(real) else Picture(path)
    if stat.S_ISFIFO(status.st_mode):
        return Picture(path)
    if stat.S_ISDIR(status.st_mode):
        raise BadPictureError(
            f"{name} is a folder: name pictures in it, or watch it with "
            f"`imgsimctl watch {quoted(path)}`."
        )
    raise BadPictureError(f"{name} is a device or a socket: name a picture.")


def _path(text: str) -> str:
    if not text:
        raise BadPictureError("An empty name is no picture: name a file.")
    if user_paths.scheme(text) in ("http", "https", "ftp"):
        raise BadPictureError(
            f"imgsimd doesn't download: use `curl -sL {quoted(text)} | imgsimctl similar -`."
        )
    try:
        return user_paths.path(text)
    except ConfigError as error:
        raise BadPictureError(str(error)) from error
