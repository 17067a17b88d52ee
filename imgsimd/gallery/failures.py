"""The images that cannot be embedded, and why."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.gallery.table import KNOWN, Table, known, shown
from imgsimd.types import Failure, FilePath, ImageId, Known


class Failures(Table):
    """At most one for each image."""

    def add(self, image: ImageId, reason: str, unread: bool) -> None:
        """The image cannot be embedded; it is not tried again until it changes, or, if nothing of
        it could be read, when that may be otherwise."""
        sql = "INSERT OR REPLACE INTO failures (image_id, reason, unread) VALUES (?, ?, ?)"
        self._db.execute(sql, [image, reason, unread])
        self._db.execute("DELETE FROM backlog WHERE image_id = ?", [image])

    def all(self, roots: Sequence[FilePath]) -> list[Failure]:
        """What failed below the roots, by path."""
        within, values = shown(roots)
        sql = f"""SELECT i.path, f.reason FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE {within} ORDER BY i.path"""
        return [Failure(*row) for row in self._db.execute(sql, values)]

    def unread(self, folders: Sequence[FilePath]) -> list[Known]:
        """The images below the folders that failed because their files could not be read."""
        within, values = shown(folders)
        sql = f"""SELECT {KNOWN} FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE f.unread AND {within}"""
        return known(self._db.execute(sql, values))

    def count(self, roots: Sequence[FilePath]) -> int:
        """How many failed below the roots."""
        within, values = shown(roots)
        sql = f"""SELECT count(*) FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE {within}"""
        return int(self._db.execute(sql, values).fetchone()[0])
