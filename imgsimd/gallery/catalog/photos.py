"""The images that can be duplicates of others, with all that says which of them is worth keeping.

An image whose file has changed since it was read is none of them: nobody knows what it contains.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.table import Table, shown, span
from imgsimd.types import ContentHash, FilePath, FileState, ImageId

_IS_READ = """NOT i.missing AND i.content IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM backlog b
        WHERE b.image_id = i.id AND b.model_id = ? AND NOT b.outdated)
    AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.image_id = i.id)"""


class Page(NamedTuple):
    """Some images of a folder."""

    last: FilePath | None
    """The path of the last one that was looked at; None if there are no more."""
    images: Sequence[tuple[ImageId, FilePath, ContentHash]]
    """Those that can be duplicates."""


@dataclass(frozen=True, slots=True)
class Photo:
    """An image and its file. None stands for what the file does not say."""

    id: ImageId
    path: FilePath
    content: ContentHash
    state: FileState
    format: str | None = None
    width: int | None = None
    height: int | None = None
    taken: str | None = None
    """See `PictureMetadata`."""
    has_place: bool = False
    """Whether the file says where it was taken."""
    read: float = 1.0
    """The share that could be decoded."""

    @property
    def is_described(self) -> bool:
        """Whether its headers were read."""
        return self.format is not None

    @property
    def pixels(self) -> int:
        """0 if unknown."""
        return (self.width or 0) * (self.height or 0)


class Photos(Table):
    """Reads only."""

    def contents(self, folder: FilePath, after: FilePath, limit: int, model: ModelKey) -> Page:
        """So many images below the folder whose paths come after this one. Images that are hidden,
        wait for the model, or cannot be read are looked at, and left out."""
        first, end = span(folder)
        sql = f"""SELECT i.path, i.id, i.content, {_IS_READ} FROM images i
            WHERE i.path > ? AND i.path < ? ORDER BY i.path LIMIT ?"""
        rows = self._db.execute(sql, [model, max(first, after), end, limit]).fetchall()
        last = rows[-1][0] if len(rows) == limit else None
        return Page(last, [(row[1], row[0], row[2]) for row in rows if row[3]])

    def by_id(self, ids: Collection[ImageId]) -> Iterator[Photo]:
        """The images with these ids."""
        sql = """SELECT i.id, i.path, i.content, i.size, i.mtime_ns, i.ctime_ns, i.inode,
            i.attributes, m.format, m.width, m.height, m.taken, m.gps, ifnull(m.read, 1)
            FROM images i LEFT JOIN metadata m ON m.image_id = i.id
            WHERE i.content IS NOT NULL AND i.id"""
        for row in self._in(sql, ids):
            image, path, content, *numbers = row[:8]
            format_, width, height, taken, has_place, read = row[8:]
            state = FileState(*numbers)
            yield Photo(
                image, path, content, state, format_, width, height, taken, bool(has_place), read
            )

    def copies(
        self, image: ImageId, roots: Sequence[FilePath], most: int
    ) -> tuple[int, list[tuple[FilePath, ImageId]]]:
        """How many other images below the roots, that are not missing, have this image's content;
        and at most `most` of them, by path."""
        within, values = shown(roots)
        content = "(SELECT content FROM images WHERE id = ?)"
        sql = f"SELECT path, id FROM images i WHERE content = {content} AND id <> ? AND {within}"
        found = sorted(self._db.execute(sql, [image, image, *values]))
        return len(found), found[:most]

    def with_contents(
        self, contents: Collection[ContentHash], most: int
    ) -> dict[ContentHash, list[FilePath]]:
        """Where files with these contents are, by path; at most `most` of each."""
        sql = "SELECT path FROM images WHERE content = ? AND NOT missing ORDER BY path LIMIT ?"
        return {
            content: [row[0] for row in self._db.execute(sql, [content, most])]
            for content in contents
        }
