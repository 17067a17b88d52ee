"""Which two images are one photo: the raw file of a camera, and the picture that it wrote beside.

This is told from paths and metadata when it is asked for, so it cannot be out of date.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from imgsimd.decoding.metadata import TO_THE_SECOND
from imgsimd.gallery.catalog.table import Table
from imgsimd.types import FilePath, ImageId

RAW = "camera raw"
"""The name of the registry's entry."""


class _Sibling(NamedTuple):
    """An image of the same folder and name, but for the extension."""

    id: ImageId
    path: FilePath
    format: str | None
    taken: str | None

    def pairs_with(self, other: _Sibling) -> bool:
        """See `is_pair`."""
        return is_pair((self.format, self.taken), (other.format, other.taken))


def is_pair(one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
    """Of two images whose paths differ in the extension only, each by its format and the time when
    it was taken: whether one is raw and the other is not, and nothing says that they were taken at
    different times."""
    (one_format, one_taken), (other_format, other_taken) = one, other
    if (one_format == RAW) == (other_format == RAW):
        return False
    if one_taken is None or other_taken is None:
        return True
    return one_taken[:TO_THE_SECOND] == other_taken[:TO_THE_SECOND]


class RawPairs(Table):
    """Finds the other image of a pair."""

    def partner(self, path: FilePath) -> FilePath | None:
        """Where the other one of this image lies: of several, the first by name. None if there is
        none, and for an image that is not known, or whose format nobody has read."""
        siblings = self._siblings(path)
        image = next((each for each in siblings if each.path == path), None)
        if image is None or image.format is None:
            return None
        return next((each.path for each in siblings if image.pairs_with(each)), None)

    def _siblings(self, path: FilePath) -> list[_Sibling]:
        """All whose paths differ in the extension only, by path. An extension has no dot, and `/`
        follows `.`."""
        stem, _ = os.path.splitext(path)
        sql = """SELECT i.id, i.path, m.format, m.taken FROM images i
            JOIN metadata m ON m.image_id = i.id
            WHERE i.path > ? AND i.path < ? AND NOT i.missing ORDER BY i.path"""
        rows = self._db.execute(sql, [stem + b".", stem + b"/"])
        return [_Sibling(*row) for row in rows if os.path.splitext(row[1])[0] == stem]
