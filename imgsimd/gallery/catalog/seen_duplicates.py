"""Which images a user has been shown in a group of duplicates, with the contents that they had."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from imgsimd.gallery.catalog.table import Table
from imgsimd.types import ContentHash, ImageId


class SeenDuplicates(Table):
    """At most one entry for each image."""

    def add(self, images: Iterable[tuple[ImageId, ContentHash]]) -> None:
        """These were shown with these contents. Images that are gone by now are ignored."""
        sql = """INSERT OR REPLACE INTO seen_duplicates (image_id, content)
            SELECT id, ?2 FROM images WHERE id = ?1"""
        self._db.conn.executemany(sql, images)

    def among(self, ids: Collection[ImageId]) -> set[tuple[ImageId, ContentHash]]:
        """Those of the images that were shown, with the contents that they had then."""
        sql = "SELECT image_id, content FROM seen_duplicates WHERE image_id"
        return {(row[0], row[1]) for row in self._in(sql, ids)}
