"""The vectors of the images, by model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.table import KNOWN, Table, known
from imgsimd.types import ContentHash, ImageId, Known


class Stored(NamedTuple):
    """An embedding and its image."""

    image: ImageId
    vector: bytes
    version: int
    """Of the decoder that read the picture."""


class Embeddings(Table):
    """At most one for each image and model."""

    def store(self, image: ImageId, model: ModelKey, vector: bytes, version: int) -> None:
        """Stores the image's embedding and its decoder's version, in place of earlier ones."""
        self._db.execute(
            """INSERT OR REPLACE INTO embeddings (image_id, model_id, vector, version)
            VALUES (?, ?, ?, ?)""",
            [image, model, vector, version],
        )

    def add(self, image: ImageId, model: ModelKey, vector: bytes, version: int) -> bool:
        """As `store`, unless the image has an embedding of this model. Returns whether it had
        none."""
        sql = """INSERT OR IGNORE INTO embeddings (image_id, model_id, vector, version)
            VALUES (?, ?, ?, ?)"""
        return bool(self._db.execute(sql, [image, model, vector, version]).rowcount)

    def drop(self, image: ImageId) -> None:
        """Removes the image's embeddings of every model: its content has changed."""
        self._db.execute("DELETE FROM embeddings WHERE image_id = ?", [image])

    def drop_one(self, image: ImageId, model: ModelKey) -> None:
        """Removes the image's embedding of this model, if it has one."""
        sql = "DELETE FROM embeddings WHERE image_id = ? AND model_id = ?"
        self._db.execute(sql, [image, model])

    def of_content(self, content: ContentHash, model: ModelKey, most: int) -> Iterator[Stored]:
        """The embeddings of images with this content, except those that an earlier version of a
        decoder made. At most `most` images are looked at: missing ones first, then the newest."""
        sql = """SELECT e.image_id, e.vector, e.version FROM
            (SELECT id FROM images WHERE content = ? ORDER BY missing DESC, id DESC LIMIT ?) i
            CROSS JOIN embeddings e ON e.image_id = i.id AND e.model_id = ?
            WHERE NOT EXISTS (SELECT 1 FROM metadata m CROSS JOIN decoders d
            ON d.format = m.format AND d.current
            WHERE m.image_id = e.image_id AND d.version <> e.version)"""
        return (Stored(*row) for row in self._db.execute(sql, [content, most, model]))

    def give(self, image: ImageId, heir: ImageId) -> None:
        """Passes the image's embeddings to the heir, except for models of which the heir has
        one."""
        sql = "UPDATE OR IGNORE embeddings SET image_id = ? WHERE image_id = ?"
        self._db.execute(sql, [heir, image])

    def vectors(self, model: ModelKey, ids: Collection[ImageId] | None = None) -> Iterator[Any]:
        """(image id, embedding) of all images, or of these, in no particular order."""
        sql = "SELECT image_id, vector FROM embeddings WHERE model_id = ?"
        if ids is None:
            yield from self._db.execute(sql, [model])
        else:
            yield from self._in(f"{sql} AND image_id", ids, [model])

    def images(self, after: ImageId, limit: int) -> list[ImageId]:
        """Some images with an embedding by any model and an id above this one: at most `limit`
        embeddings are looked at. Empty if there are no more."""
        sql = """SELECT DISTINCT image_id FROM
            (SELECT image_id FROM embeddings WHERE image_id > ? ORDER BY image_id LIMIT ?)"""
        return self._ids(sql, [after, limit])

    def newest(self) -> Known | None:
        """The image that was embedded last, by any model."""
        sql = f"""SELECT {KNOWN} FROM embeddings e CROSS JOIN images i ON i.id = e.image_id
            ORDER BY e.id DESC LIMIT 1"""
        return next(iter(known(self._db.execute(sql))), None)

    def next(self, after: ImageId) -> ImageId | None:
        """The lowest id above this one of an image that has one; None if there is none."""
        sql = "SELECT min(image_id) FROM embeddings WHERE image_id > ?"
        (found,) = self._db.execute(sql, [after]).fetchone()
        return found if found is None else ImageId(found)

    def counted(self, after: ImageId, upto: ImageId) -> dict[ModelKey, int]:
        """How many images with an id in this range have one, by model."""
        sql = """SELECT model_id, count(*) FROM embeddings
            WHERE image_id > ? AND image_id <= ? GROUP BY model_id"""
        return dict(self._db.execute(sql, [after, upto]).fetchall())

    def drop_of(self, models: Collection[ModelKey], after: ImageId, upto: ImageId) -> Counter[int]:
        """Removes those by these models of the images with an id in this range; returns how many
        that were, by model."""
        marks = ", ".join("?" * len(models))
        sql = f"""DELETE FROM embeddings WHERE id IN (SELECT id FROM embeddings
            WHERE image_id > ? AND image_id <= ? AND model_id IN ({marks})) RETURNING model_id"""
        return Counter(row[0] for row in self._db.execute(sql, [after, upto, *models]).fetchall())
