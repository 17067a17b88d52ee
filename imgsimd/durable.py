"""Files that are written for the user: all of the new content, or what was there before."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

NEW = 0o666
"""The rights of a new file, less what the user's umask takes away."""


@contextmanager
def replacing(file: Path, mode: int = NEW) -> Iterator[IO[bytes]]:
    """`with replacing(file) as stream:` what is written is the file's content afterwards, also
    after a power cut; after an error the file is as it was.

    For files that are ours to change; those that a user names are an Output. Raises OSError, also
    where something else than a file is there: a device would become a file.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
    with putting(file, os.replace, mode) as stream:
        yield stream


@contextmanager
def putting(file: Path, put: Callable[[Path, Path], None], mode: int = NEW) -> Iterator[IO[bytes]]:
    """As `replacing`; `put` gives the whole new file, its first argument, its name."""
    part = file.with_name(f".imgsimd-{os.urandom(6).hex()}.part")
    try:
        # O_EXCL: in a shared folder, never through a link that somebody left.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
        put(part, file)
        _sync(file.parent)
    finally:
        part.unlink(missing_ok=True)


def create(part: Path, file: Path) -> None:
    """Gives a whole file its name, which no other has. Raises FileExistsError where one has."""
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # FAT and some network disks have no links: take the name, then replace
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        part.replace(file)


def _sync(folder: Path) -> None:
    """The folder, too, must be on the disk: it says which content bears the name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
