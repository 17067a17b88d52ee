"""The metadata of the images' files, and the images whose metadata was not read yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.catalog.database import DatabaseFile
from imgsimd.gallery.catalog.table import KNOWN, Table, known, shown
from imgsimd.types import FilePath, ImageId, Known

_FIELDS = [*(field.name for field in fields(PictureMetadata) if field.name != "version"), "gps"]
"""The columns besides `image_id`. The version belongs to the vector, so it is in `embeddings`."""
_LAST_ID = ImageId(2**63 - 1)
_COLUMNS = ", ".join(_FIELDS)
_FROM_HEADERS = ", ".join(f"{name} = excluded.{name}" for name in _FIELDS if name != "read")
"""What is stored anew when headers are read: they do not say how much can be decoded."""
DAMAGED = """FROM metadata m CROSS JOIN images i ON i.id = m.image_id
    WHERE m.read < 1 AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.image_id = m.image_id)
    AND NOT EXISTS (SELECT 1 FROM backlog b WHERE b.image_id = m.image_id AND NOT b.outdated)"""
"""Of a file that has changed, nobody knows yet what can be read."""


class Damaged(NamedTuple):
    """A searchable image of which less than all could be decoded."""

    id: ImageId
    path: FilePath
    read: float
    """The share that could be decoded."""


class Metadata(Table):
    """At most one entry for each image; and the headers' backlog: images from before so much was
    read of headers."""

    def __init__(self, file: DatabaseFile) -> None:
        super().__init__(file)
        self._after = ImageId(0)

    def store(self, image: ImageId, metadata: PictureMetadata) -> None:
        """Stores the metadata of the image's file, in place of earlier metadata."""
        self._insert("INSERT OR REPLACE", image, metadata)

    def describe(self, image: ImageId, metadata: PictureMetadata) -> None:
        """As `store`, for what was only read of the headers: the share that could be decoded stays
        as it is."""
        self._insert("INSERT", image, metadata, f"ON CONFLICT DO UPDATE SET {_FROM_HEADERS}")

    def _insert(
        self, how: str, image: ImageId, metadata: PictureMetadata, on_conflict: str = ""
    ) -> None:
        marks = ", ".join("?" * len(_FIELDS))
        self._db.execute(
            f"{how} INTO metadata (image_id, {_COLUMNS}) VALUES (?, {marks}) {on_conflict}",
            [image, *(getattr(metadata, name) for name in _FIELDS)],
        )
        self.skip(image)

    def of(self, image: ImageId) -> dict[str, object] | None:
        """The fields of the image's entry by name; None if it has none."""
        sql = f"SELECT {_COLUMNS} FROM metadata WHERE image_id = ?"
        row = self._db.execute(sql, [image]).fetchone()
        return dict(zip(_FIELDS, row, strict=True)) if row else None

    def damaged(self, roots: Sequence[FilePath], after: int, limit: int) -> list[Damaged]:
        """The searchable images below the roots whose ids are above `after`, and of which less than
        all could be decoded, by id. Images whose files have changed since are left out."""
        within, values = shown(roots)
        sql = f"""SELECT i.id, i.path, m.read {DAMAGED} AND i.id > ? AND {within}
            ORDER BY m.image_id LIMIT ?"""
        return [Damaged(*row) for row in self._db.execute(sql, [after, *values, limit])]

    def count_damaged(self, roots: Sequence[FilePath]) -> int:
        """How many images `damaged` gives."""
        within, values = shown(roots)
        sql = f"SELECT count(*) {DAMAGED} AND {within}"
        return int(self._db.execute(sql, values).fetchone()[0])

    def drop(self, image: ImageId) -> None:
        """Removes the image's entry: its content has changed."""
        self._db.execute("DELETE FROM metadata WHERE image_id = ?", [image])

    def copy(self, image: ImageId, twin: ImageId) -> None:
        """Copies the image's entry to `twin`, which has the same content. If there is none, or it
        says less than is read today, the twin enters the headers' backlog."""
        self.skip(twin)
        sql = f"""INSERT OR REPLACE INTO metadata (image_id, {_COLUMNS})
            SELECT ?, {_COLUMNS} FROM metadata WHERE image_id = ?"""
        self._db.execute(sql, [twin, image])
        sql = """INSERT INTO headers_backlog SELECT ?1 WHERE NOT EXISTS
            (SELECT 1 FROM metadata WHERE image_id = ?1 AND gps IS NOT NULL)"""
        self._db.execute(sql, [twin])

    def give(self, image: ImageId, heir: ImageId) -> None:
        """Passes the image's entry to the heir, if that has none."""
        for table in ("metadata", "headers_backlog"):
            sql = f"UPDATE OR IGNORE {table} SET image_id = ? WHERE image_id = ?"
            self._db.execute(sql, [heir, image])

    def next(self, limit: int, roots: Sequence[FilePath]) -> list[Known]:
        """Images below the roots whose headers are to be read, by id. Each is returned only once
        until `look_again`, so that thousands of hidden images are not looked at each time."""
        within, values = shown(roots)
        sql = f"""SELECT {KNOWN} FROM headers_backlog h CROSS JOIN images i ON i.id = h.image_id
            WHERE h.image_id > ? AND {within} ORDER BY h.image_id LIMIT ?"""
        images = known(self._db.execute(sql, [self._after, *values, limit]))
        self._after = images[-1].id if images else _LAST_ID
        return images

    def look_again(self) -> None:
        """Forgets which images were passed over: they may be shown now."""
        self._after = ImageId(0)

    def read_again(self, image: ImageId) -> None:
        """Puts the image into the headers' backlog."""
        sql = "INSERT OR IGNORE INTO headers_backlog (image_id) VALUES (?)"
        self._db.execute(sql, [image])

    def skip(self, image: ImageId) -> None:
        """Takes the image out of the headers' backlog."""
        self._db.execute("DELETE FROM headers_backlog WHERE image_id = ?", [image])
