"""The catalog's file, which other programs may lock, damage, replace or remove."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from imgsimd.access import barred
from imgsimd.durable import sync
from imgsimd.errors import CatalogError, ImgsimdError
from imgsimd.gallery.catalog import place
from imgsimd.gallery.catalog.migrations import VERSION, migrations
from imgsimd.gallery.catalog.place import BESIDE, Why, beside
from imgsimd.gallery.catalog.recovery import salvage
from imgsimd.words import reason

log = logging.getLogger(__name__)

PAGE_SIZE = 16384
"""Bytes. A fifth smaller and a third faster to read than 4096, for vectors of 1 KiB (measured)."""
BUSY_MS = 20
"""How long a step waits for a database that another program has locked; then it fails and is tried
again later. It is short, since questions wait behind the step."""
BUSY_SECONDS_AT_START = 5.0
"""The same at the start, when no questions wait."""
CHECKED = ("models", "roots", "failures", "backlog", "images")
"""Tables whose pages are checked at the start: all but the vectors, which are read anyway. The
checks take 0.25 s of the 4.5 s that a million images need."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_left_open: list[Database] = []
"""Kept until the process ends, since SQLite writes when a connection is garbage-collected."""


class DamagedError(sqlite3.DatabaseError):
    """A check found damage that SQLite itself would report only later."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def is_damage(error: BaseException) -> bool:
    """Whether the error says that the file's content is not what SQLite wrote."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def is_lock(error: BaseException) -> bool:
    """Whether the error says that another program has locked the database."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def flaws(file: Path) -> list[str]:
    """Checks all pages and indices of the database; returns SQLite's messages about what is wrong.

    May run in any thread, beside the daemon's own connection; takes seven seconds for a million
    images. Raises CatalogError if the database cannot be read.
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
    """Copies the database as it is now to `target`, which is replaced.

    May run in any thread, beside the daemon's own connection, which it does not delay. Raises
    CatalogError, and then leaves no incomplete copy.
    """
    try:
        target.unlink(missing_ok=True)
        with closing(_reading(file)) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
            copied.execute("PRAGMA journal_mode = DELETE")  # one file, with no log beside it
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            place.clear(target)
        raise CatalogError(
            f"The database {file} cannot be copied: {reason(error)}. The copy is made in "
            f"{target.parent} first: is there room for it?"
        ) from error


def alone() -> None:
    """A `check_owner` for a database that no other daemon can have."""


class DatabaseFile:
    """The daemon's connection to its database. Belongs to one thread."""

    def __init__(self, file: Path, check_owner: Callable[[], None] = alone) -> None:
        """Opens or creates it. A damaged one is set aside, and what can be read from it is kept.

        `check_owner` raises an ImgsimdError if what is at `file` may be another daemon's by now.
        Raises CatalogError if the database cannot be used; it is then untouched.
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
            self.recover()

    @property
    def db(self) -> Database:
        """The connection; another one after `ensure_in_place` or `recover`."""
        assert self._db is not None
        return self._db

    def close(self) -> None:
        """Closes the connection, which merges the write-ahead log into the database. If that may be
        another daemon's by now, the connection stays open until the process ends, and nothing is
        written."""
        try:
            self._check_owner()
        except ImgsimdError:
            _left_open.append(self.db)
        else:
            self.db.close()

    @property
    def set_aside(self) -> list[Path]:
        """The files that were set aside because something was wrong, and still exist."""
        return place.set_aside(self._file, (Why.DAMAGED, Why.STRANGE))

    def is_damaged(self) -> bool:
        """Whether SQLite finds anything wrong. Reads the whole database, for seconds."""
        try:
            found = self.db.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return is_damage(error)
        return bool(found != "ok")

    def sync(self) -> None:
        """What was stored so far is on the disk afterwards, so no power cut undoes it. Raises
        CatalogError."""
        self.ensure_in_place()
        try:
            sync(beside(self._file, "-wal"))
        except FileNotFoundError:
            pass  # where SQLite keeps no such log, it has synced each step
        except OSError as error:
            raise CatalogError(
                f"The database {self._file} cannot be written to the disk: {reason(error)}."
            ) from error

    def shrink(self, pages: int) -> int:
        """Gives so many unused pages back to the disk; returns how many bytes that were. 0 if there
        are no more, or the file was made before version 0.3: it keeps them for what comes."""
        before = self._pages()
        self.db.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()
        return (before - self._pages()) * PAGE_SIZE

    def _pages(self) -> int:
        return int(self.db.execute("PRAGMA page_count").fetchone()[0])

    def ensure_in_place(self) -> None:
        """Puts the database back if its file was removed or replaced while in use: the open one is
        complete, whatever is at its path now. Raises CatalogError if that fails."""
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
            self._take(new, Why.STRANGE, strange)
        except (OSError, sqlite3.Error) as error:
            raise CatalogError(
                f"The database {self._file} was removed while it was in use, and cannot be put "
                f"back ({reason(error)}). Until it can, nothing new is stored: is the disk full, "
                "or its folder gone?"
            ) from error

    def recover(self) -> None:
        """Sets the damaged database aside and continues with what can be read from it.

        Raises CatalogError if that fails.
        """
        try:
            new = self._new()
            with closing(_opened(new)) as target:
                salvage(self._file, target)
            self._take(new, Why.DAMAGED, ["", "-wal"])
        except (OSError, sqlite3.Error) as error:
            raise CatalogError(
                f"The database {self._file} is damaged, and what can be read of it cannot be "
                f"stored anew ({reason(error)}): is the disk full? If so, make room and try again."
            ) from error

    def _hold(self, db: Database) -> None:
        self._db = db
        self._identity = _identity(self._file)

    def _new(self) -> Path:
        """The path where a new database is made, cleared of what an interrupted attempt left
        there."""
        new = self._file.with_name(f"{self._file.name}.new")
        place.clear(new)
        return new

    def _take(self, new: Path, why: Why, strange: Sequence[str]) -> None:
        """Puts `new` in the database's place and opens it; see `place.replace`."""
        self._check_owner()  # again: making `new` took a while
        for kept in place.replace(self._file, new, why, strange):
            log.error("What was there is kept as %s", kept)
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
        self._hold(_opened(self._file))


class _Identity(NamedTuple):
    """Device and inode of the database and of its write-ahead log; None if there is none."""

    database: tuple[int, int] | None
    log: tuple[int, int] | None


def _identity(file: Path) -> _Identity:
    return _Identity(_device_and_inode(file), _device_and_inode(beside(file, "-wal")))


def _device_and_inode(file: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _reading(file: Path) -> sqlite3.Connection:
    """A read-only connection to the database."""
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
    """Raises CatalogError. SQLite would open the file and fail only at the first write."""
    if why := _barred(file):
        raise CatalogError(f"The database {file} cannot be used: {why}.")


def _barred(file: Path) -> str:
    return barred(*(beside(file, suffix) for suffix in ("", *BESIDE)))


def _opened(file: Path) -> Database:
    """Opens the database, migrates it to our version and checks it. Raises sqlite3.Error."""
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS_AT_START)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        if pages == 0:
            # So that the file can become smaller bit by bit; of one that exists, SQLite would have
            # to write all anew.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
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
