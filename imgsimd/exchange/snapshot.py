"""A copy of the gallery's database at one moment, to be read while the daemon goes on."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from imgsimd import __version__, locations
from imgsimd.client import Client
from imgsimd.client.limits import MOST_MODELS
from imgsimd.errors import CatalogError, ConfigError, NotRunningError
from imgsimd.exchange.layout import (
    COLUMNS,
    TABLES,
    Column,
    Manifest,
    Model,
    Row,
    Vector,
)
from imgsimd.gallery.catalog import database
from imgsimd.gallery.catalog.database import DatabaseFile
from imgsimd.gallery.catalog.migrations import VERSION
from imgsimd.gallery.catalog.table import shown, span
from imgsimd.paths import enclosing

ROWS = 500
"""Read at once: half a megabyte of vectors of 256 numbers."""
_HAS_PATH = "instr(i.path, x'00') = 0"
"""Leaves out images that are gone and whose path belongs to another one now (Images.displace)."""


@contextmanager
def snapshot(folder: str) -> Iterator[Snapshot]:
    """The gallery as it is now, from the daemon, or where none runs, from its database.

    The copy is made in `folder` and has no name there once it is complete. Raises ConfigError where
    there is no gallery or no room, CatalogError where the database cannot be read, and whatever
    `Client.backup` raises.
    """
    try:
        connection = _copied(folder)
    except OSError as error:
        raise ConfigError(
            f"The gallery cannot be copied into {folder} ({error.strerror}), which is done first. "
            "For another folder, set TMPDIR, or name a file there."
        ) from error
    except sqlite3.Error as error:
        raise damaged(error) from error
    with closing(connection):
        yield Snapshot(connection)


def damaged(error: sqlite3.Error) -> CatalogError:
    """The error of a copy that SQLite cannot read."""
    return CatalogError(
        f"The database cannot be read: {error}. `imgsimctl check` looks for damage, and `imgsimctl "
        "rebuild` repairs it."
    )


def _copied(folder: str) -> sqlite3.Connection:
    """A copy without a name."""
    descriptor, name = tempfile.mkstemp(".part", ".imgsimd-", folder)
    file = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            _fill(file, stream)
        return _opened(file)
    finally:
        file.unlink(missing_ok=True)


def _fill(file: Path, stream: IO[bytes]) -> None:
    """Copies into the stream of this new file, or replaces it."""
    try:
        Client().backup(stream)
    except NotRunningError as error:
        source = locations.find().database
        if not source.exists():
            raise ConfigError("There is no gallery yet: `imgsimctl up DIR` makes one.") from error
        database.copy(source, file)


def _opened(file: Path) -> sqlite3.Connection:
    """Brings a copy that an earlier version has written up to date. The connection stays good when
    the file's name is gone."""
    with closing(sqlite3.connect(file)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        DatabaseFile(file).close()
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


class Snapshot:
    """Reads only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._keys: list[int] = []
        self.manifest = self._manifest()

    def rows(self) -> Iterator[list[Row]]:
        """All images by ascending id, ROWS at a time."""
        names = [column.name for column in COLUMNS]
        count = len(names)
        for page in self._pages(self._with_vectors()):
            yield [
                dict(zip(names, row[:count], strict=True), vectors=self._vectors(row[count:]))
                for row in page
            ]

    def values(self, column: Column) -> Iterator[list[Any]]:
        """One column of all images, in the order of `rows`, ROWS at a time."""
        sql = f"SELECT {column.sql} FROM {TABLES} WHERE {_HAS_PATH} ORDER BY i.id"
        for page in self._pages(sql):
            yield [value for (value,) in page]

    def vectors(
        self, model: Model, below: Sequence[bytes] | None = None
    ) -> Iterator[list[tuple[int, Vector]]]:
        """The model's vectors with the ids of their images, in the order of `rows`, ROWS at a time.
        With `below`, only of images in these folders that are not hidden."""
        key = self._keys[self.manifest.models.index(model)]
        is_shown, values = shown(below) if below is not None else ("TRUE", [])
        sql = f"""SELECT i.id, e.vector, e.version FROM images i CROSS JOIN embeddings e
            ON e.image_id = i.id AND e.model_id = ?
            WHERE {_HAS_PATH} AND {is_shown} ORDER BY i.id"""
        for page in self._pages(sql, [key, *values]):
            yield [
                (image, Vector(numbers, version))
                for image, numbers, version in page
                if model.form.is_vector(numbers)
            ]

    def _pages(self, sql: str, values: Sequence[object] = ()) -> Iterator[list[Any]]:
        rows = self._connection.execute(sql, values)
        while page := rows.fetchmany(ROWS):
            yield page

    def _with_vectors(self) -> str:
        numbers = range(len(self._keys))
        columns = [column.sql for column in COLUMNS]
        columns += [f"e{n}.vector, e{n}.version" for n in numbers]
        joins = [
            f"LEFT JOIN embeddings e{n} ON e{n}.image_id = i.id AND e{n}.model_id = {key:d}"
            for n, key in enumerate(self._keys)
        ]
        return f"""SELECT {", ".join(columns)} FROM {TABLES} {" ".join(joins)}
            WHERE {_HAS_PATH} ORDER BY i.id"""

    def _vectors(self, values: Sequence[Any]) -> list[Vector | None]:
        """One that is damaged counts as none: its picture is embedded again."""
        pairs = zip(values[::2], values[1::2], self.manifest.models, strict=True)
        return [
            Vector(numbers, version) if model.form.is_vector(numbers) else None
            for numbers, version, model in pairs
        ]

    def _manifest(self) -> Manifest:
        first = self._first
        content = first("SELECT max(length(content)) FROM images")
        self._keys, models = self._models()
        decisions = "SELECT lower(hex(first)), lower(hex(second)), files FROM not_duplicates"
        return Manifest(
            written_by=__version__,
            images=first(f"SELECT count(*) FROM images i WHERE {_HAS_PATH}"),
            last_id=first("SELECT max(seq) FROM sqlite_sequence WHERE name = 'images'") or 0,
            hash="sha256" if content == 32 else "blake3",
            models=models,
            roots=self._roots(),
            not_duplicates=[tuple(row) for row in self._connection.execute(decisions)],
        )

    def _roots(self) -> list[bytes]:
        """The folders that were watched and have photos, outermost only."""
        found: list[bytes] = []
        for (root,) in self._connection.execute("SELECT path FROM roots ORDER BY path"):
            sql = "SELECT EXISTS (SELECT 1 FROM images WHERE path > ? AND path < ?)"
            has_any = self._connection.execute(sql, span(root)).fetchone()[0]
            if has_any and enclosing(root, found) is None:
                found.append(root)
        return found

    def _models(self) -> tuple[list[int], list[Model]]:
        """Those with vectors, the serving one first, and their keys."""
        sql = """SELECT id, identity, name, dimension, serving, stored_as FROM models
            WHERE serving OR id IN (SELECT model_id FROM embeddings)
            ORDER BY serving DESC, id DESC LIMIT ?"""
        rows = self._connection.execute(sql, [MOST_MODELS]).fetchall()
        models = [Model(row[1], row[2], row[3], bool(row[4]), row[5]) for row in rows]
        return [row[0] for row in rows], models

    def _first(self, sql: str) -> Any:  # Any: what SQLite has there
        return self._connection.execute(sql).fetchone()[0]
