"""The images that can be duplicates of others, with all that says which of them is worth keeping.

An image whose file has changed since it was read is none of them: nobody knows what it contains.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.table import Table, below, shown
from imgsimd.types import ContentHash, FilePath, FileState, ImageId

_READ = """i.content IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM backlog b
        WHERE b.image_id = i.id AND b.model_id = ? AND NOT b.outdated)
    AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.image_id = i.id)"""


@dataclass(frozen=True, slots=True)
class Scope:
    """In which folders images may lie."""

    roots: Sequence[FilePath]
    """Below one of these."""
    under: Sequence[FilePath] = ()
    """And below one of these, if there are any."""
    not_under: Sequence[FilePath] = ()
    """But below none of these."""

    def condition(self) -> tuple[str, list[FilePath]]:
        """In SQL, that image `i` is shown and lies there; and its values."""
        sql, values = shown(self.roots)
        if self.under:
            within, more = below(self.under)
            sql, values = f"{sql} AND {within}", values + more
        if self.not_under:
            within, more = below(self.not_under)
            sql, values = f"{sql} AND NOT {within}", values + more
        return sql, values


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
    def pixels(self) -> int:
        """0 if unknown."""
        return (self.width or 0) * (self.height or 0)


class Photos(Table):
    """Reads only."""

    def contents(
        self, after: ImageId, limit: int, scope: Scope, model: ModelKey
    ) -> list[tuple[ImageId, ContentHash]]:
        """The next images in the scope with ids above `after`, by id, and their contents. Images
        that wait for the model, or cannot be read, are left out."""
        within, values = scope.condition()
        sql = f"""SELECT i.id, i.content FROM images i
            WHERE i.id > ? AND {within} AND {_READ} ORDER BY i.id LIMIT ?"""
        return list(self._db.execute(sql, [after, *values, model, limit]))

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
    ) -> tuple[int, list[FilePath]]:
        """How many other images below the roots, that are not missing, have this image's content;
        and where at most `most` of them are, by path."""
        within, values = shown(roots)
        content = "(SELECT content FROM images WHERE id = ?)"
        sql = f"SELECT path FROM images i WHERE content = {content} AND id <> ? AND {within}"
        paths = sorted(row[0] for row in self._db.execute(sql, [image, image, *values]))
        return len(paths), paths[:most]

    def with_contents(
        self, contents: Collection[ContentHash], most: int
    ) -> dict[ContentHash, list[FilePath]]:
        """Where files with these contents are, by path; at most `most` of each."""
        sql = "SELECT path FROM images WHERE content = ? AND NOT missing ORDER BY path LIMIT ?"
        return {
            content: [row[0] for row in self._db.execute(sql, [content, most])]
            for content in contents
        }
