"""Thumbnails that a shared store has of the images here, and images whose thumbnail may be due.

That an image is entered says that its thumbnail there may be another one than it should be, and
nothing more: so it does no harm to enter too many.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.catalog.table import KNOWN, Table, below, known, shown
from imgsimd.types import ContentHash, FilePath, ImageId, Known

UNKNOWN = b""
"""The content of a thumbnail that is there, though nobody here knows of it."""


class EnteredImage(NamedTuple):
    """An image that was entered."""

    id: ImageId
    times: int
    """How often, since it was looked at."""
    stored: ContentHash | None
    """The content of which a thumbnail is stored; None if none is."""
    file: Known | None
    """The image, if it should have a thumbnail."""
    content: ContentHash | None
    """What that should show."""
    is_online: bool
    """Whether it lies in a folder that is online; False of one that should have none."""

    @property
    def is_stored(self) -> bool:
        """Whether the store has a thumbnail, be it an old one."""
        return self.stored is not None

    @property
    def is_settled(self) -> bool:
        """Whether the store has what it should have, as far as is known here."""
        return self.stored == (self.content if self.file else None)


class KnownThumbnail(NamedTuple):
    """What is known of the thumbnail of an image in the store."""

    id: ImageId
    is_there: bool
    """Whether it must be there."""
    may_be_there: bool


class SharedThumbnails(Table):
    """Each method that changes anything runs in the caller's transaction."""

    def enter(self, images: Collection[ImageId]) -> None:
        """The thumbnails of these images may be due."""
        sql = """INSERT INTO shared_thumbnails (image_id, entered) VALUES (?, 1)
            ON CONFLICT DO UPDATE SET entered = entered + 1"""
        self._db.conn.executemany(sql, ((image,) for image in images))

    def entered(
        self,
        before: ImageId,
        limit: int,
        shared: Sequence[FilePath],
        online: Sequence[FilePath],
    ) -> list[EnteredImage]:
        """Those that were entered, with ids below this one, descending; so many of them. An image
        should have a thumbnail if it lies below one of the `shared` folders, is not missing, and
        has a vector."""
        is_shown, shared_spans = shown(shared)
        is_online, online_spans = below(online)
        sql = f"""SELECT {KNOWN}, t.image_id, t.entered, t.content, i.content, {is_online}
            FROM (SELECT * FROM shared_thumbnails WHERE entered AND image_id < ?
                ORDER BY image_id DESC LIMIT ?) t
            LEFT JOIN images i ON i.id = t.image_id AND {is_shown}
                AND EXISTS (SELECT 1 FROM embeddings e WHERE e.image_id = i.id)
            ORDER BY t.image_id DESC"""
        rows = self._db.execute(sql, [*online_spans, before, limit, *shared_spans])
        return [_entered(row) for row in rows]

    def settle(self, image: EnteredImage, stored: ContentHash | None) -> None:
        """The image was looked at, and a thumbnail of this content is stored by now, or none. If it
        was entered again meanwhile, it stays entered."""
        sql = """UPDATE shared_thumbnails SET content = ?,
            entered = CASE entered WHEN ? THEN 0 ELSE entered END WHERE image_id = ?"""
        self._db.execute(sql, [stored, image.times, image.id])
        if image.file is None and stored is None:
            sql = "DELETE FROM shared_thumbnails WHERE image_id = ? AND NOT entered"
            self._db.execute(sql, [image.id])

    def stored(self, limit: int) -> list[ImageId]:
        """Images of which a thumbnail is stored; so many of them."""
        sql = "SELECT image_id FROM shared_thumbnails WHERE content IS NOT NULL LIMIT ?"
        return self._ids(sql, [limit])

    def lose(self, images: Collection[ImageId]) -> None:
        """No thumbnail of these images is stored any more."""
        sql = """UPDATE shared_thumbnails SET content = NULL, entered = entered + 1
            WHERE image_id = ?"""
        self._db.conn.executemany(sql, ((image,) for image in images))

    def page(self, after: ImageId, limit: int) -> list[KnownThumbnail]:
        """What is known of images with ids above this one, ascending; so many of them."""
        sql = """SELECT image_id, content IS NOT NULL AND NOT entered,
                content IS NOT NULL OR entered
            FROM shared_thumbnails WHERE image_id > ? ORDER BY image_id LIMIT ?"""
        return [KnownThumbnail(*row) for row in self._db.execute(sql, [after, limit])]

    def compare(self, there: NDArray[np.int64]) -> None:
        """These images have a thumbnail in the store, and no others do. Enters what was believed to
        be otherwise."""
        sql = "SELECT image_id FROM shared_thumbnails WHERE content IS NOT NULL"
        believed = np.array(self._ids(sql, []), np.int64)
        self.lose(list(map(ImageId, np.setdiff1d(believed, there).tolist())))
        sql = """INSERT INTO shared_thumbnails (image_id, content, entered) VALUES (?, ?, 1)
            ON CONFLICT DO UPDATE SET content = excluded.content, entered = entered + 1"""
        strays = np.setdiff1d(there, believed).tolist()
        self._db.conn.executemany(sql, ((image, UNKNOWN) for image in strays))

    def clear(self) -> None:
        """Nothing is known of any thumbnail."""
        self._db.execute("DELETE FROM shared_thumbnails")


def _entered(row: Sequence[object]) -> EnteredImage:
    *image, identity, times, stored, content, is_online = row
    file = None if image[0] is None else known([image])[0]
    return EnteredImage(identity, times, stored, file, content, bool(is_online))  # type: ignore[arg-type]
