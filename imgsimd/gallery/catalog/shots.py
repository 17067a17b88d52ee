"""What tells which images are shots of one moment: when, with which camera, in what format."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from imgsimd.gallery.catalog.table import Table
from imgsimd.types import ImageId


class Shot(NamedTuple):
    """What an image's file says of how it was taken; None for what it does not say."""

    format: str | None
    taken: str | None
    """See `PictureMetadata.taken`."""
    camera: tuple[str | None, str | None]
    """Maker and model."""


class Shots(Table):
    """Reads metadata of several images at once."""

    def of(self, ids: Collection[ImageId]) -> dict[ImageId, Shot]:
        """Of those whose metadata is known."""
        sql = "SELECT image_id, format, taken, make, model FROM metadata WHERE image_id"
        return {row[0]: Shot(row[1], row[2], (row[3], row[4])) for row in self._in(sql, ids)}
