"""Under which identity a root was last seen, and each folder that has one of its own."""

from __future__ import annotations

from imgsimd.gallery.table import Table, span
from imgsimd.types import FilePath


class Roots(Table):
    """The identities of roots."""

    def remembered(self, root: FilePath) -> tuple[int, int] | None:
        """The identity (file system, inode) under which the root was last seen."""
        sql = "SELECT filesystem, inode FROM roots WHERE path = ?"
        row = self._db.execute(sql, [root]).fetchone()
        return (int(row[0]), row[1]) if row else None

    def remember(self, root: FilePath, identity: tuple[int, int]) -> None:
        """Stores the root's identity."""
        self._db.execute(
            "INSERT OR REPLACE INTO roots VALUES (?, ?, ?)", [root, str(identity[0]), identity[1]]
        )

    def places(self, root: FilePath) -> list[FilePath]:
        """The folders below the root that have an identity of their own."""
        sql = "SELECT path FROM roots WHERE path > ? AND path < ?"
        return [row[0] for row in self._db.execute(sql, span(root))]

    def disown(self, root: FilePath) -> None:
        """Forgets the root's identity (not its images), and those of folders below it."""
        sql = "DELETE FROM roots WHERE path = ? OR (path > ? AND path < ?)"
        self._db.execute(sql, [root, *span(root)])
