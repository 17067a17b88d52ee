"""Puts a backup in the place of the database, while no daemon uses it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from imgsimd.access import barred
from imgsimd.durable import sync
from imgsimd.errors import CatalogError
from imgsimd.gallery.catalog import outbox_triggers, place
from imgsimd.gallery.catalog.database import DatabaseFile, flaws
from imgsimd.gallery.catalog.place import Why, beside
from imgsimd.words import printable, reason

HEAD = b"SQLite format 3\0"
"""How a database begins (sqlite.org/fileformat.html)."""
OURS = {"images", "embeddings", "models"}
"""Tables that each version has."""


class Restored(NamedTuple):
    """What a backup brought."""

    images: int
    kept: Path | None
    """The database that was there before, by its new name."""


def restore(backup: BinaryIO, log: BinaryIO | None, name: str, file: Path) -> Restored:
    """Replaces the database `file` by the backup, which is only read; `name` is what the user calls
    it. The database that was there is kept beside it. `log` is the backup's write-ahead log, if it
    is a copy of a database that was in use.

    The caller has the lock of the state directory. Raises CatalogError if the backup is no sound
    database of this version or an earlier one; then nothing has changed.
    """
    new = beside(file, ".restored")
    try:
        place.clear(new)
        _copy(backup, new, _head(backup, name))
        if log:
            _copy(log, beside(new, "-wal"))
        _refuse_foreign(new, name)
        _refuse_damaged(new, name)
        images = _migrated(new, name)
        kept = place.replace(file, new, Why.OUTDATED)
        sync(file.parent)
    except OSError as error:
        why = barred(file) or reason(error)
        raise CatalogError(
            f"{printable(name)} cannot be restored as {file}: {why}. Nothing was changed."
        ) from error
    finally:
        with suppress(OSError):
            place.clear(new)
    return Restored(images, kept[0] if kept else None)


def _head(backup: BinaryIO, name: str) -> bytes:
    """How it begins, looked at before anything is copied: a large file of another kind, or a device
    without end, would fill the disk."""
    head = backup.read(len(HEAD))
    if head != HEAD:
        raise _no_backup(name)
    return head


def _copy(source: BinaryIO, copy: Path, head: bytes = b"") -> None:
    """Copies the bytes, after those that were read already, since SQLite would write beside a
    database that it reads."""
    with open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(head)
        shutil.copyfileobj(source, stream, 2**20)
        stream.flush()
        os.fsync(stream.fileno())


def _refuse_foreign(new: Path, name: str) -> None:
    try:
        with closing(sqlite3.connect(new)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {row[0] for row in rows}
    except sqlite3.Error as error:
        raise _damaged(name, str(error)) from error
    if not tables >= OURS:
        raise _no_backup(name)


def _refuse_damaged(new: Path, name: str) -> None:
    if found := flaws(new):
        raise _damaged(name, found[0])


def _migrated(new: Path, name: str) -> int:
    """How many images there are, after the database has become one of this version. What was pushed
    since the backup, nobody knows."""
    try:
        with closing(DatabaseFile(new)) as opened:
            with opened.db.atomic():
                outbox_triggers.begin_anew(opened.db)
            return int(opened.db["images"].count)
    except CatalogError as error:
        raise CatalogError(str(error).replace(str(new), printable(name))) from error


def _no_backup(name: str) -> CatalogError:
    return CatalogError(
        f"{printable(name)} is not a backup of imgsimd. Nothing was changed. `imgsimctl backup "
        "FILE` makes one."
    )


def _damaged(name: str, flaw: str) -> CatalogError:
    return CatalogError(
        f"{printable(name)} is damaged ({flaw}). Nothing was changed. Restore another backup; "
        "without one, imgsimd keeps what it can read of a damaged database at its start."
    )
