"""The images that cannot be embedded, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from imgsimd.gallery.catalog.table import KNOWN, Table, known, shown
from imgsimd.types import FilePath, ImageId, Known


class Failed(NamedTuple):
    """An image that cannot be embedded, and why, in words for the user."""

    id: ImageId
    path: FilePath
    reason: str


class Failures(Table):
    """At most one for each image."""

    def add(self, image: ImageId, reason: str, unread: bool) -> None:
        """Notes that the image cannot be embedded, and takes it out of the backlog. It is tried
        again when it changes; if it is `unread`, also when its file may have become readable."""
        sql = "INSERT OR REPLACE INTO failures (image_id, reason, unread) VALUES (?, ?, ?)"
        self._db.execute(sql, [image, reason, unread])
        self._db.execute("DELETE FROM backlog WHERE image_id = ?", [image])

    def drop(self, image: ImageId) -> None:
        """Removes the image's failure: it may be possible to embed it now."""
        self._db.execute("DELETE FROM failures WHERE image_id = ?", [image])

    def give(self, image: ImageId, heir: ImageId) -> None:
        """Passes the image's failure to the heir. An heir that has an embedding has not failed, so
        it keeps no failure."""
        sql = """UPDATE OR IGNORE failures SET image_id = ?1 WHERE image_id = ?2
            AND NOT EXISTS (SELECT 1 FROM embeddings WHERE image_id = ?1)"""
        self._db.execute(sql, [heir, image])
        sql = """DELETE FROM failures WHERE image_id = ?1
            AND EXISTS (SELECT 1 FROM embeddings WHERE image_id = ?1)"""
        self._db.execute(sql, [heir])

    def page(self, roots: Sequence[FilePath], after: int, limit: int | None) -> list[Failed]:
        """The failures below the roots whose image ids are above `after`, by id."""
        within, values = shown(roots)
        sql = f"""SELECT i.id, i.path, f.reason FROM failures f
            CROSS JOIN images i ON i.id = f.image_id
            WHERE f.image_id > ? AND {within} ORDER BY f.image_id LIMIT ifnull(?, -1)"""
        return [Failed(*row) for row in self._db.execute(sql, [after, *values, limit])]

    def unread(self, folders: Sequence[FilePath], after: int, limit: int | None) -> list[Known]:
        """As `page`: the images that failed because their files could not be read."""
        within, values = shown(folders)
        sql = f"""SELECT {KNOWN} FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE f.unread AND f.image_id > ? AND {within}
            ORDER BY f.image_id LIMIT ifnull(?, -1)"""
        return known(self._db.execute(sql, [after, *values, limit]))

    def count(self, roots: Sequence[FilePath] | None) -> int:
        """How many failed below the roots (None: anywhere)."""
        if roots is None:  # SQLite counts whole tables by pages, not by rows
            return int(self._db.execute("SELECT count(*) FROM failures").fetchone()[0])
        within, values = shown(roots)
        sql = f"""SELECT count(*) FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE {within}"""
        return int(self._db.execute(sql, values).fetchone()[0])
