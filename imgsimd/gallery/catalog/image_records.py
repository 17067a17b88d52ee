"""What is shown of an image beside its picture."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from imgsimd.gallery.catalog.table import Table
from imgsimd.types import FilePath, ImageId


class ImageRecord(NamedTuple):
    """An image and its file. None stands for what the file does not say, or nobody has read."""

    id: ImageId
    path: FilePath
    bytes: int
    mtime_ns: int
    format: str | None
    width: int | None
    """Of the upright picture, as `height`."""
    height: int | None
    taken: str | None
    """See `PictureMetadata`, as for the next two."""
    make: str | None
    model: str | None


class ImageRecords(Table):
    """Reads only."""

    def by_id(self, ids: Collection[ImageId]) -> list[ImageRecord]:
        """Of the known ones of these images, in their order."""
        sql = """SELECT i.id, i.path, i.size, i.mtime_ns, m.format, m.width, m.height, m.taken,
            m.make, m.model FROM images i LEFT JOIN metadata m ON m.image_id = i.id WHERE i.id"""
        found = {row[0]: ImageRecord(*row) for row in self._in(sql, ids)}
        return [found[image] for image in ids if image in found]
