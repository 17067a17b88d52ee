"""The place of the database: what is put there, and how what was there is kept.

No database is ever deleted: one that is no longer used is kept beside it, with another name.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

BESIDE = ("-wal", "-shm", "-journal")
"""Suffixes of the files that SQLite puts beside a database."""


class Why(StrEnum):
    """Why a database was set aside, as its new name says it."""

    DAMAGED = "corrupt"
    STRANGE = "replaced"
    """It had been put in the place of the one in use."""
    OUTDATED = "before-restore"
    """A backup was put in its place."""


def beside(file: Path, suffix: str) -> Path:
    """The file with this suffix beside the database."""
    return file.with_name(file.name + suffix)


def set_aside(file: Path, reasons: Sequence[Why]) -> list[Path]:
    """The databases that were set aside for one of these reasons and still exist."""
    found = [path for why in reasons for path in file.parent.glob(f"{file.name}.{why}-*")]
    return sorted(path for path in found if not path.name.endswith("-wal"))


def clear(file: Path) -> None:
    """Removes an incomplete database, and what SQLite has put beside it. Raises OSError."""
    for suffix in ("", *BESIDE):
        beside(file, suffix).unlink(missing_ok=True)


def replace(file: Path, new: Path, why: Why, suffixes: Sequence[str] = ("", "-wal")) -> list[Path]:
    """Puts `new` in the place of the database `file`; nobody has either of them open for writing.

    The files there with these suffixes are kept with another name: linked, not moved, so that there
    is a database at every moment. Returns the new names. Raises OSError.
    """
    names = []
    aside = file.with_name(f"{file.name}.{why}-{datetime.now():%Y%m%dT%H%M%S.%f}")
    for suffix in suffixes:
        kept, name = beside(file, suffix), beside(aside, suffix)
        if kept.exists() and kept.stat().st_size:
            os.link(kept, name)
            names.append(name)
    for suffix in BESIDE:  # SQLite would take them for those of the new one
        beside(file, suffix).unlink(missing_ok=True)
    os.replace(new, file)
    return names
