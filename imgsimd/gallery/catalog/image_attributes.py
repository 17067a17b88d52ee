"""What filters compare of the images, read in long pages; and which images have changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imgsimd.gallery.catalog.table import Table
from imgsimd.types import ImageId

_LARGEST = 2**31 - 1
"""More pixels are read as this."""
ATTRIBUTES = f"""i.path, i.mtime_ns, m.taken, ifnull(m.format, ''),
    ifnull(min(m.width * m.height, {_LARGEST}), -1), ifnull(sign(m.width - m.height), 2),
    ifnull(m.make, '') || char(10) || ifnull(m.model, '')"""
"""The columns of a row after the id; `images i` and METADATA are the tables."""
METADATA = "LEFT JOIN metadata m ON m.image_id = i.id"
_CHANGES = {
    "image_inserted": ("INSERT ON main.images", "new.id"),
    "image_updated": ("UPDATE OF path, mtime_ns ON main.images", "new.id"),
    "image_deleted": ("DELETE ON main.images", "old.id"),
    "metadata_inserted": ("INSERT ON main.metadata", "new.image_id"),
    "metadata_updated_from": ("UPDATE ON main.metadata", "old.image_id"),
    "metadata_updated": ("UPDATE ON main.metadata", "new.image_id"),
    "metadata_deleted": ("DELETE ON main.metadata", "old.image_id"),
}
"""The triggers: upon what, and the id of the image that it changes. An image's id never changes."""


class ImageAttributes(Table):
    """Rows of (id, path, mtime_ns, taken, format, pixels, shape, camera). The shape is 1, -1 or 0
    of a picture that is wider or higher or neither, and 2 if unknown; unknown pixels are -1. The
    camera is its maker and its model, a line each."""

    def record_changes(self) -> object:
        """From now on, `changed` knows the images that change. Returns what `recording` returns for
        as long as it misses none."""
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS changed_images (id INTEGER PRIMARY KEY)")
        self._db.execute("DELETE FROM changed_images")
        for name, (event, image) in _CHANGES.items():
            self._db.execute(
                f"""CREATE TEMP TRIGGER IF NOT EXISTS {name} AFTER {event}
                BEGIN INSERT INTO changed_images SELECT {image} WHERE NOT EXISTS
                (SELECT 1 FROM changed_images WHERE id = {image}); END"""
            )
        return self.recording()

    def recording(self) -> object:
        """Another value, once the database was changed by another program or replaced: what it is
        now must be read anew."""
        connection = self._db.conn
        return connection, connection.execute("PRAGMA data_version").fetchone()[0]

    def stop(self) -> None:
        """Records no more changes."""
        for name in _CHANGES:
            self._db.execute(f"DROP TRIGGER IF EXISTS temp.{name}")
        self._db.execute("DROP TABLE IF EXISTS temp.changed_images")

    def page(self, after: ImageId, limit: int) -> list[Any]:
        """The rows of the next images after this id."""
        sql = f"""SELECT i.id, {ATTRIBUTES} FROM images i {METADATA}
            WHERE i.id > ? ORDER BY i.id LIMIT ?"""
        return self._db.execute(sql, [after, limit]).fetchall()

    def changed(self, limit: int) -> tuple[Sequence[ImageId], list[Any]]:
        """The first images that have changed, by id, and the rows of those that are still there;
        these changes are known now."""
        sql = "SELECT id FROM changed_images ORDER BY id LIMIT ?"
        ids = self._ids(sql, [limit])
        if not ids:
            return ids, []
        sql = f"""SELECT i.id, {ATTRIBUTES} FROM changed_images c
            CROSS JOIN images i ON i.id = c.id {METADATA} WHERE c.id <= ? ORDER BY c.id"""
        rows = self._db.execute(sql, [ids[-1]]).fetchall()
        with self._db.atomic():
            self._db.execute("DELETE FROM changed_images WHERE id <= ?", [ids[-1]])
        return ids, rows
