"""Pictures to measure with."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from imgsimd.samples import drawing

DRAWN = 60
OLD = 1e9
"""A modification time long ago: files that are being written are waited for."""


@cache
def drawn() -> list[bytes]:
    """JPEG files of about the size of a small photo."""
    with tempfile.TemporaryDirectory() as place:
        return [file.read_bytes() for file in drawing.fill(Path(place), DRAWN)]


def unseen(folder: Path, count: int) -> list[Path]:
    """So many photos that must be decoded, each: what follows a JPEG's end makes it a new file."""
    folder.mkdir(parents=True)
    files = [folder / f"{number}.jpg" for number in range(count)]
    for number, file in enumerate(files):
        file.write_bytes(drawn()[number % DRAWN] + os.urandom(16))
        os.utime(file, (OLD + number, OLD + number))
    return files
