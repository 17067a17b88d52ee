"""Where a gallery is, as a text that tells it from a copy of it."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

MACHINE_ID = Path("/etc/machine-id")
"""machine-id(5): another one on each machine, and after a new installation."""
DIGITS = 16


def whereabouts(state: Path) -> str:
    """Another text on another machine, or in another state directory.

    It has no number of the disk or of the directory on it: some file systems have other numbers
    after each start of the machine, which would then be taken for a copy of itself.
    """
    machine = b""
    with suppress(OSError):
        machine = MACHINE_ID.read_bytes().strip()
    place = b"imgsimd\0%s\0%s" % (machine, os.fsencode(os.path.realpath(state)))
    return sha256(place).hexdigest()[:DIGITS]
