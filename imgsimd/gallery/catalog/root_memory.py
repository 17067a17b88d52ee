"""The identity under which each root, and each disk mounted in one, was last seen."""

from __future__ import annotations

from typing import NamedTuple

from imgsimd.gallery.catalog.table import Table, span
from imgsimd.types import FilePath, ImageId


class Remembered(NamedTuple):
    """A folder that was seen once."""

    path: FilePath
    identity: tuple[int, int]
    """File system and inode."""
    lost_after: ImageId | None
    """The last id that had been given when it was found gone; None while it is there."""


class Roots(Table):
    """The identities of roots."""

    def all(self) -> list[Remembered]:
        """Every root that was ever seen, and every folder with an identity of its own."""
        rows = self._db.execute("SELECT path, filesystem, inode, lost_after FROM roots")
        return [Remembered(path, (int(fs), inode), lost) for path, fs, inode, lost in rows]

    def remembered(self, root: FilePath) -> tuple[int, int] | None:
        """The identity (file system, inode) under which the root was last seen."""
        sql = "SELECT filesystem, inode FROM roots WHERE path = ?"
        row = self._db.execute(sql, [root]).fetchone()
        return (int(row[0]), row[1]) if row else None

    def remember(self, root: FilePath, identity: tuple[int, int]) -> None:
        """Stores the root's identity, and that it is there."""
        sql = "INSERT OR REPLACE INTO roots (path, filesystem, inode) VALUES (?, ?, ?)"
        self._db.execute(sql, [root, str(identity[0]), identity[1]])

    def expect(self, root: FilePath) -> None:
        """Notes a folder that was watched elsewhere, and has no identity here, unless it is known.
        So it is recognised when its photos are found in another folder."""
        sql = "INSERT OR IGNORE INTO roots (path, filesystem, inode) VALUES (?, '0', 0)"
        self._db.execute(sql, [root])

    def set_lost(self, root: FilePath, after: ImageId | None) -> None:
        """Notes that the root is gone, and the last id given by then; None if it is there again."""
        self._db.execute("UPDATE roots SET lost_after = ? WHERE path = ?", [after, root])

    def known_as(self, identity: tuple[int, int]) -> list[FilePath]:
        """The roots that were last seen under this identity."""
        sql = "SELECT path FROM roots WHERE filesystem = ? AND inode = ?"
        return [row[0] for row in self._db.execute(sql, [str(identity[0]), identity[1]])]

    def mount_points(self, root: FilePath) -> list[FilePath]:
        """The folders below the root that have an identity of their own."""
        sql = "SELECT path FROM roots WHERE path > ? AND path < ?"
        return [row[0] for row in self._db.execute(sql, span(root))]

    def disown(self, root: FilePath) -> None:
        """Forgets the root's identity (not its images), and those of folders below it."""
        sql = "DELETE FROM roots WHERE path = ? OR (path > ? AND path < ?)"
        self._db.execute(sql, [root, *span(root)])

    def move(self, old: FilePath, new: FilePath) -> None:
        """Moves the root and the folders below it to a new place; forgets what was known there."""
        self.disown(new)
        sql = """UPDATE roots SET path = CAST(? || substr(path, ?) AS BLOB), lost_after = NULL
            WHERE path = ? OR (path > ? AND path < ?)"""
        self._db.execute(sql, [new, len(old) + 1, old, *span(old)])
