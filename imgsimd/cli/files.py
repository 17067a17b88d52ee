"""Files that are written for the user: all of the new content, or what was there before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(file: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """`with replacing(file) as stream:` what is written is the file's content afterwards, also
    after a power cut; after an error the file is as it was. Raises OSError.

    `mode` are the rights of the new file, less what the user's umask takes away.
    """
    part = file.with_name(f".imgsimd-{os.getpid()}.part")
    # O_EXCL: in a shared folder, never through a link that somebody left.
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
        part.replace(file)
        _sync(file.parent)
    finally:
        part.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """The folder, too, must be on the disk: it says which content bears the name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
