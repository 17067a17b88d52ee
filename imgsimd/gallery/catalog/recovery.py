"""Reads what can be read of a damaged database into a new one."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from imgsimd.gallery.catalog import outbox_triggers
from imgsimd.vectors import VectorForm

log = logging.getLogger(__name__)

TABLES = (
    "models", "roots", "meanings", "successions", "moved_patterns",
    "decoders", "images", "embeddings", "metadata", "causes", "failures",
    "not_duplicates", "seen_duplicates", "shared", "shared_roots", "shared_thumbnails",
)  # fmt: skip
"""Parents before children. `backlog` and `headers_backlog` follow from the others;
`comparisons` and `compared` can be found out again, and into `outbox` goes everything."""
TRIES = 200_000
"""Failed reads after which a table is given up: some seconds."""
RANGE = 1024
"""Keys read at once."""
_TYPES = {"INTEGER": int, "REAL": float, "TEXT": str, "BLOB": bytes}
_LAST_KEY = 2**63 - 1


class _Column(NamedTuple):
    """A column as `PRAGMA table_info` describes it."""

    number: int
    name: str
    type: str
    is_required: int
    default: Any
    key: int

    def takes(self, value: object) -> bool:
        """Whether we may have stored this."""
        if value is None:
            return not self.is_required
        return type(value) is _TYPES[self.type]


def salvage(damaged: Path, into: Database) -> None:
    """Copies every row that can be read and is valid; writes nothing into `damaged`.

    Ids that may have been in use are not given again. Raises sqlite3.Error if the new database
    cannot be written.
    """
    target = into.conn
    source = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)
    target.execute("PRAGMA foreign_keys = OFF")  # a parent may be lost
    with closing(source), into.atomic():
        for table in TABLES:
            _copy(table, source, target)
        target.execute("UPDATE models SET in_backlog = 0")
        _drop_unsound(target)
        _drop_orphans(target)
        target.execute(
            """INSERT INTO headers_backlog SELECT DISTINCT image_id FROM embeddings
            WHERE image_id NOT IN (SELECT image_id FROM metadata WHERE gps IS NOT NULL)"""
        )
        _continue_ids(source, target)
        outbox_triggers.continue_numbers(into)
        outbox_triggers.begin_anew(into)
        (count,) = target.execute("SELECT count(*) FROM embeddings").fetchone()
        log.warning("%d vectors of the damaged database could be saved", count)
    target.execute("PRAGMA foreign_keys = ON")


def _copy(table: str, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    columns = [_Column(*row) for row in target.execute(f"PRAGMA table_info({table})")]
    with suppress(sqlite3.DatabaseError):
        there = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
        columns = [column for column in columns if column.name in there]
    names = ", ".join(column.name for column in columns)
    marks = ", ".join("?" * len(columns))
    target.executemany(
        f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})",
        (row for row in _readable(source, table, names) if _is_whole(row, columns)),
    )


def _is_whole(row: Sequence[object], columns: Sequence[_Column]) -> bool:
    return all(column.takes(value) for column, value in zip(columns, row, strict=True))


def _readable(source: sqlite3.Connection, table: str, names: str) -> Iterator[tuple[Any, ...]]:
    """Every row that can be read, by key; some come twice. A range of keys that cannot be read to
    its end is halved, down to the single row. None where the schema cannot be read."""
    with suppress(sqlite3.DatabaseError):
        source.execute(f"SELECT rowid, {names} FROM {table} LIMIT 0")  # reads the schema alone
        yield from _readable_by_key(source, table, names)


def _readable_by_key(
    source: sqlite3.Connection, table: str, names: str
) -> Iterator[tuple[Any, ...]]:
    sql = f"SELECT rowid, {names} FROM {table} WHERE rowid > ? AND rowid <= ?"
    ahead, failed = [(0, _last_key(source, table))], 0
    while ahead and failed < TRIES:
        after, upto = ahead.pop()
        try:
            if upto - after <= RANGE:
                last = after
                for key, *row in source.execute(sql, [after, upto]):
                    yield tuple(row)
                    last = key
                after = last
            if not _has_any(source, table, after, upto):
                continue
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
                return
            failed += 1
        if upto - after > 1:
            middle = (after + upto) // 2
            ahead += [(middle, upto), (after, middle)]


def _has_any(source: sqlite3.Connection, table: str, after: int, upto: int) -> bool:
    """Whether there are keys in this range. Searches from both ends, since a damaged key may seem
    to be the last one."""
    sql = f"""SELECT (SELECT min(rowid) FROM {table} WHERE rowid > ?1) <= ?2
        OR (SELECT max(rowid) FROM {table} WHERE rowid <= ?2) > ?1"""
    return bool(source.execute(sql, [after, upto]).fetchone()[0])


def _last_key(source: sqlite3.Connection, table: str) -> int:
    try:
        return int(source.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0)
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return _LAST_KEY


def _drop_unsound(target: sqlite3.Connection) -> None:
    rows = target.execute(
        """SELECT e.id, e.vector, m.dimension, m.stored_as
        FROM embeddings e JOIN models m ON m.id = e.model_id"""
    )
    unsound = [(key,) for key, vector, *form in rows if not VectorForm(*form).is_vector(vector)]
    target.executemany("DELETE FROM embeddings WHERE id = ?", unsound)


def _drop_orphans(target: sqlite3.Connection) -> None:
    for table, key, *_ in target.execute("PRAGMA foreign_key_check").fetchall():
        target.execute(f"DELETE FROM {table} WHERE rowid = ?", [key])


def _continue_ids(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Makes ids continue after the last one given. If that is unknown, they continue after the
    number of milliseconds since 1970, which is more than there can be ids, and leaves room for the
    number of a host (see `shared_ids`)."""
    (highest,) = target.execute("SELECT ifnull(max(id), 0) FROM images").fetchone()
    last = time.time_ns() // 10**6
    with suppress(sqlite3.DatabaseError, TypeError):
        sql = "SELECT seq FROM sqlite_sequence WHERE name = 'images'"
        given = source.execute(sql).fetchone()[0]
        if type(given) is int and highest <= given < last:
            last = given
    target.execute("DELETE FROM sqlite_sequence WHERE name = 'images'")
    target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('images', ?)", [last])
