"""Writes files so that a power cut leaves all of the new content, or what was there before.

Each file is written under another name, synced, renamed; then its folder is synced, which says what
bears the name.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

NEW = 0o666
"""The mode of a new file, less what the user's umask takes away."""


@contextmanager
def replacing(file: Path, mode: int = NEW) -> Iterator[IO[bytes]]:
    """`with replacing(file) as stream:` what is written becomes the file's content at the end.
    After an error the file is as it was.

    Only for files that are ours to change; for a file that a user names there is `cli.output`.
    Raises OSError, also where something else than a file is there: it would replace a device.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(file))
    with putting(file, os.replace, mode) as stream:
        yield stream


@contextmanager
def putting(file: Path, put: Callable[[Path, Path], None], mode: int = NEW) -> Iterator[IO[bytes]]:
    """As `replacing`, without its check; `put(part, file)` renames the complete `part`."""
    part = file.with_name(f".imgsimd-{os.urandom(6).hex()}.part")
    try:
        # O_EXCL: in a shared folder, never through a link that somebody left.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
        put(part, file)
        sync(file.parent)
    finally:
        part.unlink(missing_ok=True)


def create(part: Path, file: Path) -> None:
    """Renames `part` to `file`. Raises FileExistsError where there is a file of that name."""
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # FAT and some network disks have no links: take the name, then replace
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        part.replace(file)


def move(part: Path, file: Path) -> None:
    """Moves a file that was synced to its place, over what is there. Raises OSError."""
    part.replace(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Returns when the content of the file, or the names in the folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
