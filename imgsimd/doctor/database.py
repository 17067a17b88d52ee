"""Whether the database is sound, and how large it is. Nothing is written, nor made beside it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from imgsimd import access
from imgsimd.doctor import daemon_user, packages, remedy
from imgsimd.doctor.result import Result, failed, passed
from imgsimd.doctor.situation import Situation
from imgsimd.types import FilePath
from imgsimd.words import of_bytes, printable, quoted

NAME = "database"
CHECK_SECONDS = 1.5
"""For the check of all pages; it reads some hundred megabytes in this time."""
STEPS = 10_000
"""Steps of SQLite's machine between two looks at the time: some milliseconds."""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def check(situation: Situation) -> Iterator[Result]:
    """One result for the content, one for a version that this imgsimd cannot use."""
    file = situation.where.database
    if situation.is_of_another:
        yield passed(NAME, f"{file} is another user's, so it is not looked at.")
        return
    daemon_user.become(situation.user)
    barred = access.barred(*_files(file))
    if barred:
        mend = remedy.unbarring(barred, file)
        yield failed(NAME, f"{file} cannot be used: {remedy.without(barred)}.", mend)
    if os.access(file, os.R_OK):
        yield from _of_content(situation, file)
    elif not barred:
        yield passed(NAME, f"There is no {file} yet; the first start makes it.")


def _of_content(situation: Situation, file: Path) -> Iterator[Result]:
    try:
        with closing(_opened(file)) as connection:
            yield _soundness(situation, file, connection)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            yield from _of_version(file, version)
    except sqlite3.Error as error:
        yield _of_error(situation, file, error)


def identities(situation: Situation) -> dict[FilePath, tuple[int, int]]:
    """The file system and inode of each watched folder when the daemon last saw it; empty where the
    database cannot be read."""
    sql = "SELECT path, filesystem, inode FROM roots"
    with suppress(sqlite3.Error, OSError), closing(_opened(situation.where.database)) as connection:
        return {path: (int(disk), inode) for path, disk, inode in connection.execute(sql)}
    return {}


def _files(file: Path) -> list[Path]:
    """The database, and what SQLite puts beside it."""
    beside = [file.with_name(file.name + suffix) for suffix in ("-wal", "-shm")]
    return [file, *filter(os.path.lexists, beside)]


def _opened(file: Path) -> sqlite3.Connection:
    """A connection that writes nothing: not even the files beside the database, which SQLite makes
    for readers, too, and which would be ours, not the daemon's (sqlite.org/wal.html#readonly)."""
    log, shared = file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")
    how = "readonly_shm=1" if os.path.exists(log) and os.path.exists(shared) else "immutable=1"
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&{how}", uri=True, timeout=1.0)


def _soundness(situation: Situation, file: Path, connection: sqlite3.Connection) -> Result:
    flaw, is_complete = _flaw(connection)
    if flaw:
        return _damaged(situation, file, flaw)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    log = file.with_name(f"{file.name}-wal")
    behind = f", log {of_bytes(log.stat().st_size)}" if os.path.exists(log) else ""
    unused = f" ({of_bytes(free * size)} of it unused)" if free else ""
    rest = "" if is_complete else "; it is too large to look at all of it, `imgsimctl check` does"
    return passed(NAME, f"{file} is sound: {of_bytes(pages * size)}{unused}{behind}{rest}.")


def _flaw(connection: sqlite3.Connection) -> tuple[str, bool]:
    """What SQLite finds wrong, empty for nothing; and whether it has looked at all pages."""
    end = time.monotonic() + CHECK_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return "", False
    finally:
        connection.set_progress_handler(None, 0)
    return ("" if found == "ok" else str(found)), True


def _of_version(file: Path, version: int) -> Iterator[Result]:
    from imgsimd.gallery.catalog.migrations import VERSION  # what it imports may be broken

    if version > VERSION:
        yield failed(
            NAME,
            f"{file} was written by a newer imgsimd (version {version}, this one knows {VERSION}). "
            "It is untouched. To install the newest imgsimd:",
            packages.updating(),
        )
    else:
        when = "" if version == VERSION else ", which the next start raises"
        yield passed(NAME, f"Its version is {version}{when}.")


def _of_error(situation: Situation, file: Path, error: sqlite3.Error) -> Result:
    code = error.sqlite_errorcode & 0xFF
    if code in _DAMAGE:
        return _damaged(situation, file, str(error))
    if code in _LOCKED:
        return failed(
            NAME, f"{file} is locked by another program.", f"fuser -v {quoted(str(file))}"
        )
    return failed(NAME, f"{file} cannot be read: {printable(str(error))}.", remedy.AGAIN)


def _damaged(situation: Situation, file: Path, flaw: str) -> Result:
    what = " ".join(flaw.removeprefix("*** in database main ***").split())
    start = remedy.RESTART if situation.daemon.pid is not None else remedy.START
    return failed(
        NAME,
        f"{file} is damaged: {printable(what)}. The daemon keeps what can be read of it in a new "
        "one, and the damaged one beside it.",
        start,
    )
