"""Puts a backup in the place of the database, while no daemon uses it.

python -m imgsimd.maintenance.restoring [--state DIR] FILE      (- is standard input)
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from imgsimd import locations
from imgsimd.child_end import exit_code
from imgsimd.errors import ConfigError
from imgsimd.gallery.catalog.restoring import Restored, restore
from imgsimd.locations import Locations
from imgsimd.presence import own
from imgsimd.words import counted, printable, reason

STDIN = "-"


def restored(name: str, where: Locations) -> Restored:
    """Restores the file. Raises ConfigError if it cannot be read, AlreadyRunningError if a daemon
    runs, CatalogError if the file is no backup."""
    try:
        with _opened(name) as (backup, log), own(where):
            told = "What came on standard input" if name == STDIN else name
            return restore(backup, log, told, where.database)
    except OSError as error:
        raise ConfigError(f"{printable(name)} cannot be read: {reason(error)}.") from error


@contextmanager
def _opened(name: str) -> Iterator[tuple[BinaryIO, BinaryIO | None]]:
    """The backup and, if there is one beside it, its write-ahead log."""
    if name == STDIN:
        yield sys.stdin.buffer, None
        return
    log = f"{name}-wal"
    with (
        open(name, "rb") as backup,
        open(log, "rb") if os.path.exists(log) else nullcontext() as wal,
    ):
        yield backup, wal


def _told(found: Restored, name: str) -> str:
    source = "" if name == STDIN else f" from {printable(name)}"
    kept = f" The database that was there is kept as {found.kept}." if found.kept else ""
    return f"Restored {counted(found.images, 'photo')}{source}.{kept}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Restores, and says so; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.maintenance.restoring")
    parser.add_argument("name", metavar="FILE")
    parser.add_argument("--state", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    return exit_code(lambda: _restore(given.name, given.state))


def _restore(name: str, state: Path | None) -> None:
    where = locations.find()
    print(_told(restored(name, replace(where, state=state) if state else where), name))


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
