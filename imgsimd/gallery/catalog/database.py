"""The file that the catalog lies in, which others may lock, damage, replace or remove.

Nothing of it is ever deleted: what cannot be used any more is set aside, beside it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from imgsimd.access import barred
from imgsimd.errors import CatalogError, ImgsimdError
from imgsimd.gallery.catalog.migrations import VERSION, migrations
from imgsimd.gallery.catalog.recovery import salvage
from imgsimd.words import reason

log = logging.getLogger(__name__)

PAGE_SIZE = 16384
"""Bytes. A fifth smaller and a third faster to read than 4096, for vectors of 1 KiB (measured)."""
BUSY_MS = 20
"""How long a step waits for another program that holds the database, before it is given up and
tried again later: questions wait behind it."""
BUSY_SECONDS_AT_START = 5.0
"""The same at the start, when nobody waits."""
CHECKED = ("models", "roots", "failures", "backlog", "images")
"""Tables whose pages are checked at the start: all but the vectors, which are read anyway. 0.25
of the 4.5 s that a million images take."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BAD, _STRANGE = "corrupt", "replaced"
"""Why a file was set aside: damaged, or put in the place of one that is in use."""
_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a database."""


_left_open: list[Database] = []
"""SQLite would write once more when one of them is collected."""


class DamagedError(sqlite3.DatabaseError):
    """A check found what SQLite itself would stumble over later."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def is_damage(error: BaseException) -> bool:
    """Whether the error says that the file's content is not what SQLite wrote."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def is_lock(error: BaseException) -> bool:
    """Whether the error says that somebody else holds the database."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def flaws(file: Path) -> list[str]:
    """What SQLite finds wrong with the whole database, in its own words: all pages, all indices.

    May run beside the daemon's own connection, in any thread; seven seconds for a million images.
    Raises CatalogError where the database cannot be read.
    """
    try:
        with closing(_reading(file)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            astray = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as error:
        if not is_damage(error):
            raise CatalogError(f"The database {file} cannot be checked: {error}.") from error
        return [str(error)]
    return [flaw for flaw in found if flaw != "ok"] + [
        f"row {row[1]} of {row[0]} belongs to no row of {row[2]}" for row in astray
    ]


def copy(file: Path, target: Path) -> None:
    """A copy of the database as it is now; what is at `target` is replaced.

    May run beside the daemon's own connection, in any thread, and holds nobody up. Raises
    CatalogError, with nothing left of the copy.
    """
    try:
        target.unlink(missing_ok=True)
        with closing(_reading(file)) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
            copied.execute("PRAGMA journal_mode = DELETE")  # one file, with no log beside it
    except (OSError, sqlite3.Error) as error:
        for suffix in ("", *_BESIDE):
            with suppress(OSError):
                _beside(target, suffix).unlink(missing_ok=True)
        raise CatalogError(
            f"The database {file} cannot be copied: {reason(error)}. The copy is made beside it "
            "first: is there room for it?"
        ) from error


def alone() -> None:
    """A `check_owner` for a database that nobody else may want."""


class DatabaseFile:
    """The daemon's connection to its database. Belongs to one thread."""

    def __init__(self, file: Path, check_owner: Callable[[], None] = alone) -> None:
        """Opens or makes it; a damaged one is set aside, and what can be read of it is kept.

        `check_owner` raises an ImgsimdError where what lies at `file` may be another daemon's by
        now. Raises CatalogError where the database cannot be used; it is then untouched.
        """
        self._file = file
        self._check_owner = check_owner
        self._db: Database | None = None
        try:
            _refuse_newer(file)
            _refuse_unwritable(file)
            self._hold(_opened(file))
        except (OSError, sqlite3.Error) as error:
            if not is_damage(error):
                why = _barred(file) or reason(error)
                raise CatalogError(f"The database {file} cannot be used: {why}.") from error
            log.error("The database %s is damaged: %s", file, error)
            self.renew()

    @property
    def db(self) -> Database:
        """The connection; another one after `keep` or `renew`."""
        assert self._db is not None
        return self._db

    def close(self) -> None:
        """Ends the connection; the write-ahead log goes into the database. Where that may be
        another daemon's by now, it is left open until the process ends, and nothing is written."""
        try:
            self._check_owner()
        except ImgsimdError:
            _left_open.append(self.db)
        else:
            self.db.close()

    @property
    def set_aside(self) -> list[Path]:
        """The files that were set aside, and are still there."""
        found = [self._file.parent.glob(f"{self._file.name}.{why}-*") for why in (_BAD, _STRANGE)]
        return sorted(file for files in found for file in files if not file.name.endswith("-wal"))

    def is_damaged(self) -> bool:
        """Whether SQLite finds anything wrong. Reads all of the database: seconds."""
        try:
            found = self.db.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return is_damage(error)
        return bool(found != "ok")

    def keep(self) -> None:
        """Puts the database back where it was removed or replaced while in use: the open one is
        whole, whatever lies at its path now. Raises CatalogError where that fails."""
        there = _identity(self._file)
        if there == self._identity:
            return
        self._check_owner()
        log.error("The database %s was removed or replaced, putting it back", self._file)
        pairs = zip(("", "-wal"), there, self._identity, strict=True)
        strange = [suffix for suffix, found, own in pairs if found not in (None, own)]
        try:
            new = self._new()
            with closing(sqlite3.connect(new)) as copied:
                self.db.conn.backup(copied)
            self._take(new, _STRANGE, strange)
        except (OSError, sqlite3.Error) as error:
            raise CatalogError(
                f"The database {self._file} was removed while it was in use, and cannot be put "
                f"back ({reason(error)}). Until it can, nothing new is stored: is the disk full, "
                "or its folder gone?"
            ) from error

    def renew(self) -> None:
        """Sets the damaged database aside, and goes on with what can be read of it.

        Raises CatalogError where that fails.
        """
        try:
            new = self._new()
            with closing(_opened(new)) as target:
                salvage(self._file, target)
            self._take(new, _BAD, ["", "-wal"])
        except (OSError, sqlite3.Error) as error:
            raise CatalogError(
                f"The database {self._file} is damaged, and what can be read of it cannot be "
                f"stored anew ({reason(error)}): is the disk full? If so, make room and try again."
            ) from error

    def _hold(self, db: Database) -> None:
        self._db = db
        self._identity = _identity(self._file)

    def _new(self) -> Path:
        """Where the database's successor is made; what a try left that was broken off is gone."""
        new = self._file.with_name(f"{self._file.name}.new")
        for suffix in ("", *_BESIDE):
            _beside(new, suffix).unlink(missing_ok=True)
        return new

    def _take(self, new: Path, why: str, strange: Sequence[str]) -> None:
        """Puts `new` in the database's place and goes on with it. What is `strange` there keeps
        another name: linked, not moved, so that there is a database at every moment."""
        self._check_owner()  # to make `new` has taken a while
        aside = self._file.with_name(f"{self._file.name}.{why}-{datetime.now():%Y%m%dT%H%M%S.%f}")
        for suffix in strange:
            kept, name = _beside(self._file, suffix), _beside(aside, suffix)
            if kept.exists() and kept.stat().st_size:
                os.link(kept, name)
                log.error("What lay there is kept as %s", name)
        for suffix in _BESIDE:  # SQLite would take them for those of the new one
            _beside(self._file, suffix).unlink(missing_ok=True)
        os.replace(new, self._file)
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
        self._hold(_opened(self._file))


class _Identity(NamedTuple):
    """Device and inode of the database and of its write-ahead log; None where there is none."""

    database: tuple[int, int] | None
    log: tuple[int, int] | None


def _identity(file: Path) -> _Identity:
    return _Identity(_device_and_inode(file), _device_and_inode(_beside(file, "-wal")))


def _device_and_inode(file: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _reading(file: Path) -> sqlite3.Connection:
    """A connection that writes nothing into the database."""
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS_AT_START
    )


def _refuse_newer(file: Path) -> None:
    if not file.exists():
        return
    with closing(_reading(file)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise CatalogError(
            f"The database {file} was written by a newer imgsimd (version {version}, this "
            f"one knows {VERSION}): install the newer imgsimd again. Nothing was changed."
        )


def _refuse_unwritable(file: Path) -> None:
    """SQLite opens what it cannot write, and complains when it is to."""
    if why := _barred(file):
        raise CatalogError(f"The database {file} cannot be used: {why}.")


def _barred(file: Path) -> str:
    return barred(*(_beside(file, suffix) for suffix in ("", *_BESIDE)))


def _opened(file: Path) -> Database:
    """Brings the database to our version, and looks whether it is sound. Raises sqlite3.Error."""
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS_AT_START)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        db = Database(connection)
        migrations.apply(db)
        for table in CHECKED:
            (flaw,) = connection.execute(f"PRAGMA quick_check({table})").fetchone()
            if flaw != "ok":
                raise DamagedError(flaw)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    except BaseException:
        connection.close()
        raise
    return db
