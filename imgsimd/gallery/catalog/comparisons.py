"""What came of comparing the pictures of two contents, and which contents were compared with all
others. All of this can be found out again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.table import Table
from imgsimd.types import ContentHash

_IS_STRAY = "NOT EXISTS (SELECT 1 FROM images i WHERE i.content = {})"


class Comparison(NamedTuple):
    """The outcome for two contents."""

    asked: ContentHash
    stored: ContentHash
    outcome: bytes | None
    """A `verification.Verification`, packed; None: the pictures differ."""


class Comparisons(Table):
    """At most one outcome for two contents in this order."""

    def store(self, comparisons: Iterable[Comparison], version: int) -> None:
        """Stores the outcomes, which this version of the comparison gave."""
        sql = """INSERT OR REPLACE INTO comparisons (asked, stored, outcome, version)
            VALUES (?, ?, ?, ?)"""
        self._db.conn.executemany(sql, ((*each, version) for each in comparisons))

    def after(self, key: int, limit: int) -> list[tuple[int, Comparison, int]]:
        """The outcomes with a key above this one, by key: key, outcome and version."""
        sql = """SELECT id, asked, stored, outcome, version FROM comparisons
            WHERE id > ? ORDER BY id LIMIT ?"""
        rows = self._db.execute(sql, [key, limit])
        return [(row[0], Comparison(*row[1:4]), row[4]) for row in rows]

    def drop_stray(self, keys: Collection[int]) -> None:
        """Removes those of these outcomes that are about a content which no image has any more."""
        sql = f"DELETE FROM comparisons WHERE id = ? AND ({_IS_STRAY.format('asked')}"
        sql = f"{sql} OR {_IS_STRAY.format('stored')})"
        self._db.conn.executemany(sql, ((key,) for key in keys))

    # Contents of which every pair within reach was compared

    def set_compared(self, contents: Iterable[ContentHash], model: ModelKey, version: int) -> None:
        """From now on, each of these has been compared with whatever is near it by this model."""
        sql = "INSERT OR REPLACE INTO compared (content, model_id, version) VALUES (?, ?, ?)"
        self._db.conn.executemany(sql, ((content, model, version) for content in contents))

    def compared(
        self, after: ContentHash, limit: int, model: ModelKey, version: int
    ) -> list[ContentHash]:
        """The contents above this one that were compared by this model and version, in order."""
        sql = """SELECT content FROM compared WHERE content > ? AND model_id = ? AND version = ?
            ORDER BY content LIMIT ?"""
        return [row[0] for row in self._db.execute(sql, [after, model, version, limit])]

    def drop_stray_compared(self, contents: Iterable[ContentHash]) -> None:
        """Forgets that those of these contents were compared which no image has any more."""
        sql = f"DELETE FROM compared WHERE content = ? AND {_IS_STRAY.format('compared.content')}"
        self._db.conn.executemany(sql, ((content,) for content in contents))

    def drop_compared(self, models: Collection[ModelKey], limit: int) -> int:
        """Forgets that some contents were compared with what is near them by these models; returns
        how many that were, at most `limit`."""
        marks = ", ".join("?" * len(models))
        sql = f"""DELETE FROM compared WHERE rowid IN
            (SELECT rowid FROM compared WHERE model_id IN ({marks}) LIMIT ?)"""
        return int(self._db.execute(sql, [*models, limit]).rowcount)
