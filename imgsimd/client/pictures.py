"""Pictures to ask about. They are read with the rights of whoever asks, never by the daemon."""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TypeAlias

from imgsimd import file_faults
from imgsimd.errors import BadPictureError
from imgsimd.words import printable, reason

Content: TypeAlias = bytes | IO[bytes]
"""Of a picture: its bytes, or a file that has them."""


class Picture(ABC):
    """A picture to ask about."""

    name: str
    """What messages call it. Of a file, its absolute path without links, as the daemon knows it."""

    @property
    def identity(self) -> Mapping[str, object] | None:
        """What the daemon may know the picture by; None where its bytes must be sent."""
        return None

    @abstractmethod
    def opened(self) -> AbstractContextManager[Content]:
        """Its bytes. Raises BadPictureError where they cannot be read."""

    def bad(self, reason: str, kind: str = "") -> BadPictureError:
        """The error that names this picture; `kind` as in BadPictureError."""
        return BadPictureError(f"{printable(self.name)} {reason}.", kind)

    def refused(self, error: BadPictureError) -> BadPictureError:
        """The error that names this picture, for one that says only "it"."""
        return self.bad(f"cannot be used: {error}", error.kind)


class PictureFile(Picture):
    """A picture file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Raises BadPictureError where there is no such file."""
        self._status = file_status(path)
        if not stat.S_ISREG(self._status.st_mode):
            raise BadPictureError(f"{printable(os.fspath(path))} is not a file.")
        real = os.path.realpath(path)
        self.name = real if os.path.exists(real) else os.path.abspath(path)

    @property
    def identity(self) -> Mapping[str, object]:
        return {
            "path": self.name,
            "size": self._status.st_size,
            "mtime_ns": self._status.st_mtime_ns,
            "inode": self._status.st_ino,
        }

    def opened(self) -> IO[bytes]:
        try:
            # What was a file a moment ago may be a pipe by now, which would never be opened.
            descriptor = os.open(self.name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            return open(descriptor, "rb")
        except OSError as error:
            raise self.refused(file_faults.unreadable(error, self.name)) from error


class PictureBytes(Picture):
    """The bytes of a picture file, from wherever they come."""

    def __init__(self, content: bytes, name: str = "The picture") -> None:
        self.name = name
        self._content = content

    def opened(self) -> AbstractContextManager[bytes]:
        return nullcontext(self._content)


Source: TypeAlias = str | os.PathLike[str] | bytes | Picture
"""What a picture can be given as: the path of a file, or the bytes of one."""


def picture(source: Source) -> Picture:
    """The picture that is meant. Raises BadPictureError where there is no such file."""
    if isinstance(source, Picture):
        return source
    return PictureBytes(source) if isinstance(source, bytes) else PictureFile(source)


def picture_or_error(source: Source) -> Picture | BadPictureError:
    """The picture that is meant, or that there is no such file."""
    try:
        return picture(source)
    except BadPictureError as error:
        return error


def file_status(path: str | os.PathLike[str]) -> os.stat_result:
    """Of the file, links followed. Raises BadPictureError where there is none."""
    name = printable(os.fspath(path))
    try:
        return os.stat(path)
    except FileNotFoundError as error:
        raise BadPictureError(f"No such file: {name}.") from error
    except OSError as error:
        fault = file_faults.unreadable(error, os.fspath(path))
        raise BadPictureError(f"{name} cannot be used: {fault}.", fault.kind) from error
    except ValueError as error:
        raise BadPictureError(f"{name} cannot be used: {reason(error)}.") from error
