"""What the tables of the catalog have in common: the connection, and how rows become images.

Paths are bytes, so folders are byte ranges: what lies below `/a` is what sorts between `/a/` and
`/a0` ("0" follows "/"). CROSS JOIN makes SQLite begin with the first table, the short one; its
planner would rather read all images below a root.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlite_utils import Database

from imgsimd.gallery.catalog.database import DatabaseFile
from imgsimd.paths import slashed
from imgsimd.types import FilePath, FileState, ImageId, Known

_MOST_PARAMETERS = 500
"""Of one statement; SQLite's own limit is higher."""
_GROUP = 100
"""Folders in one list of conditions: each nests in the next, and SQLite allows 1,000 levels."""
KNOWN = "i.id, i.path, i.size, i.mtime_ns, i.ctime_ns, i.inode, i.attributes, i.missing"
"""The columns of which `known` makes images; `images i` is the table."""


class Table:
    """A table of the database. Always uses the file's present connection."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    @property
    def _db(self) -> Database:
        return self._file.db

    def _in(
        self, sql: str, wanted: Collection[Any], before: Sequence[object] = ()
    ) -> Iterator[Any]:
        """`sql ... IN (wanted)`, in as many statements as the limit on parameters requires."""
        return chain.from_iterable(self._parts(sql, list(wanted), before))

    def _parts(
        self, sql: str, wanted: Sequence[Any], before: Sequence[object]
    ) -> Iterator[Iterable[Any]]:
        for start in range(0, len(wanted), _MOST_PARAMETERS):
            part = wanted[start : start + _MOST_PARAMETERS]
            marks = ", ".join("?" * len(part))
            yield self._db.execute(f"{sql} IN ({marks})", [*before, *part])

    def _ids(self, sql: str, values: Sequence[object]) -> list[ImageId]:
        return [ImageId(row[0]) for row in self._db.execute(sql, list(values))]


def shown(roots: Sequence[FilePath]) -> tuple[str, list[FilePath]]:
    """The SQL condition that image `i` lies below one of the roots and is not missing; its
    values."""
    within, values = below(roots)
    return f"({within} AND NOT i.missing)", values


def below(roots: Sequence[FilePath]) -> tuple[str, list[FilePath]]:
    """As `shown`, but the image may be missing."""
    conditions = ["(i.path > ? AND i.path < ?)"] * len(roots)
    groups = [_any(conditions[at : at + _GROUP]) for at in range(0, len(roots), _GROUP)]
    return _any(groups or ["FALSE"]), [v for r in roots for v in span(r)]


def _any(conditions: Sequence[str]) -> str:
    return f"({' OR '.join(conditions)})" if len(conditions) > 1 else conditions[0]


def span(root: FilePath) -> tuple[FilePath, FilePath]:
    """Two bounds: all that is below the folder has paths between them."""
    first = slashed(root)
    return first, first[:-1] + b"0"


def rows_of(rows: Iterable[Sequence[object]]) -> tuple[str, list[object]]:
    """The rows as SQL's VALUES takes them: marks, and the values for these."""
    marks: list[str] = []
    values: list[object] = []
    for row in rows:
        marks.append(f"({', '.join('?' * len(row))})")
        values += row
    return ", ".join(marks), values


def known(rows: Iterable[Any]) -> list[Known]:
    """The images in rows of KNOWN."""
    # tuple's own constructor: a scan reads every row, and this is most of what a row costs.
    new = tuple.__new__
    return [new(Known, (row[0], row[1], new(FileState, row[2:7]), row[7])) for row in rows]
