"""Pictures that a user names: files, or pictures that come through a pipe."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator, Sequence
from io import FileIO
from typing import IO, TypeAlias

import typer

from imgsimd import file_faults
from imgsimd.client import Picture, PictureFile, user_paths
from imgsimd.client.limits import MOST_QUERIES
from imgsimd.client.pictures import file_status, picture_or_error
from imgsimd.errors import BadPictureError, ConfigError
from imgsimd.picture_folders import pictures_in
from imgsimd.words import printable, quoted

STDIN = "-"
OTHER_NAMES = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
"""Other names of standard input."""
WRITER_SECONDS = 2.0
"""How long a named pipe may have no writer."""
READ_BYTES = 2**20
"""Bytes of a pipe read at once."""
Named: TypeAlias = Picture | BadPictureError
"""A picture that the user has named, or why there is none."""


class PictureStream(Picture):
    """A picture that comes through a pipe. It is received before it is opened."""

    def __init__(self, name: str) -> None:
        """`-` is standard input."""
        self.name = name
        self._received: IO[bytes] | None = None

    def bad(self, reason: str, kind: str = "") -> BadPictureError:
        if self.name != STDIN:
            return super().bad(reason, kind)
        return BadPictureError(f"The picture on standard input {reason}.", kind)

    def receive(self, most: int) -> None:
        """Copies the whole stream into a temporary file. Raises BadPictureError, also if it has
        more than `most` bytes."""
        import tempfile

        folder = tempfile.gettempdir()
        try:
            self._received = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - stays open
            for piece in self._pieces():
                if self._received.tell() + len(piece) > most:
                    raise self.refused(file_faults.too_large(most))
                self._received.write(piece)
            self._received.flush()
        except OSError as error:
            reason = f"cannot be kept in {folder} ({error.strerror}): set TMPDIR to another folder"
            raise self.bad(reason) from error

    def opened(self) -> IO[bytes]:
        assert self._received
        return open(os.dup(self._received.fileno()), "rb")

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
            raise self.refused(file_faults.unreadable(error, self._path)) from error

    @property
    def _path(self) -> str:
        return "" if self.name == STDIN else self.name

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
    """Waits for the next bytes; empty at the end."""
    while (piece := stream.read(READ_BYTES)) is None:  # a non-blocking read found nothing
        select.select([stream], [], [])
    return piece


def each_named(texts: Sequence[str], folders: bool = False) -> list[Named]:
    """For each of these names its picture, or why there is none. If `folders`, the name of a folder
    means all pictures in it and below it, and there may be any number of them.

    Raises typer.BadParameter where they are too many for one question.
    """
    found = [each for text in texts for each in _named(text, folders)]
    if len(found) > MOST_QUERIES and not folders:
        raise typer.BadParameter(f"{len(found):,} pictures are too many: {MOST_QUERIES:,} at most.")
    return found


def _named(text: str, folders: bool) -> Iterator[Named]:
    try:
        if folders and os.path.isdir(path := _path(text)):
            yield from _in_folder(text, path)
        else:
            yield _picture(text)
    except BadPictureError as error:
        yield error


def _in_folder(text: str, path: str) -> Iterator[Named]:
    pictures = pictures_in(path)
    if not pictures:
        yield BadPictureError(f"There are no pictures in {printable(text)}.")
    yield from map(picture_or_error, pictures)


def _picture(text: str) -> Picture:
    if text == STDIN or text in OTHER_NAMES:
        return PictureStream(STDIN)
    path = _path(text)
    mode = file_status(path).st_mode
    if stat.S_ISREG(mode):
        return PictureFile(path)
    if stat.S_ISFIFO(mode):
        return PictureStream(path)
    if stat.S_ISDIR(mode):
        raise BadPictureError(
            f"{printable(text)} is a folder: name a picture. `imgsimctl similar --each "
            f"{quoted(path)}` asks for each picture in it, and --under finds only photos in it."
        )
    raise BadPictureError(f"{printable(text)} is a device or a socket: name a picture.")


def _path(text: str) -> str:
    if not text:
        raise BadPictureError("The name of the picture is empty.")
    if user_paths.scheme(text) in ("http", "https", "ftp"):
        raise BadPictureError(
            f"imgsimd doesn't download: use `curl -sL {quoted(text)} | imgsimctl similar -`."
        )
    try:
        return user_paths.path(text)
    except ConfigError as error:
        raise BadPictureError(str(error)) from error
