"""Which contents a user has said are no duplicates of each other.

They are kept by content, so that they outlive moves, a change of models, and the files themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from imgsimd.gallery.catalog.table import Table
from imgsimd.types import ContentHash


class Decision(NamedTuple):
    """Two contents that are no duplicates of each other."""

    first: ContentHash
    """The smaller one of the two; or both are the same."""
    second: ContentHash
    files: int
    """If both are the same: so many files with it may exist. With one more, they are duplicates
    again, since nobody has decided about that one."""


def decision(one: ContentHash, other: ContentHash, files: int = 0) -> Decision:
    """The decision about two contents, which may be given in any order."""
    return Decision(min(one, other), max(one, other), files)


class NotDuplicates(Table):
    """At most one decision about two contents."""

    def add(self, decisions: Iterable[Decision]) -> None:
        """Stores the decisions, in place of earlier ones about the same contents."""
        sql = "INSERT OR REPLACE INTO not_duplicates (first, second, files) VALUES (?, ?, ?)"
        self._db.conn.executemany(sql, decisions)

    def add_new(self, decisions: Iterable[Decision]) -> None:
        """As `add`; an earlier decision about the same contents stays."""
        sql = "INSERT OR IGNORE INTO not_duplicates (first, second, files) VALUES (?, ?, ?)"
        self._db.conn.executemany(sql, decisions)

    def take_back(self, decisions: Collection[Decision]) -> int:
        """Removes those that are stored about the same contents. Returns how many."""
        sql = "DELETE FROM not_duplicates WHERE first = ? AND second = ?"
        return sum(self._db.execute(sql, [d.first, d.second]).rowcount for d in decisions)

    def all(self) -> list[Decision]:
        """Every decision: there are as many as users have typed."""
        sql = "SELECT first, second, files FROM not_duplicates ORDER BY rowid"
        return [Decision(*row) for row in self._db.execute(sql)]
