"""Which images there are, with the path, state and content of their files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.table import KNOWN, Table, below, known, rows_of, span
from imgsimd.paths import is_below
from imgsimd.types import (
    HASH_BYTES,
    ContentHash,
    FilePath,
    FileState,
    Hash,
    Hidden,
    ImageId,
    Known,
    Rename,
)

MOST_TWINS = 500
"""How many images with one content are looked at. To look at all of them, each time that one is
read, would cost time that grows with the square of their number."""
_STATE = "size=?, mtime_ns=?, ctime_ns=?, inode=?, attributes=?"
"""The columns of a FileState, in its order."""


class Entry(NamedTuple):
    """What the catalog knows of an image, as the consistency check needs it."""

    id: ImageId
    path: FilePath
    vector: object
    """Its bytes; None if there is no vector. Damage may leave any other value here."""
    is_settled: bool
    """Whether it waits to be embedded, or has failed."""
    is_shown: bool


class Images(Table):
    """All images, including hidden ones."""

    def between(self, after: FilePath, upto: FilePath) -> list[Known]:
        """The images with `after < path <= upto`, by path."""
        sql = f"SELECT {KNOWN} FROM images i WHERE path > ? AND path <= ? ORDER BY path"
        return known(self._db.execute(sql, [after, upto]))

    def at(self, paths: Collection[FilePath]) -> list[Known]:
        """The images at these paths."""
        return known(self._in(f"SELECT {KNOWN} FROM images i WHERE path", paths))

    def by_id(self, ids: Collection[ImageId]) -> list[Known]:
        """The images with these ids."""
        return known(self._in(f"SELECT {KNOWN} FROM images i WHERE id", ids))

    def paths(self, ids: Collection[ImageId]) -> dict[ImageId, FilePath]:
        """The paths of the images with these ids; unknown ids are absent. Costs a quarter of
        `by_id`."""
        return dict(self._in("SELECT id, path FROM images WHERE id", ids))

    def by_inode(self, after: Mapping[int, ImageId], most: int) -> list[Known]:
        """The images whose file had one of these inodes, and whose id is above the one given with
        it; at most `most` of each inode, by id."""
        marks, values = rows_of(after.items())
        sql = f"""WITH wanted (inode, after) AS (VALUES {marks})
            SELECT {KNOWN} FROM wanted w CROSS JOIN images i ON i.id IN
            (SELECT id FROM images WHERE inode = w.inode AND id > w.after ORDER BY id LIMIT ?)"""
        return known(self._db.execute(sql, [*values, most])) if after else []

    def by_content(
        self, contents: Collection[ContentHash], most: int
    ) -> dict[ContentHash, list[Known]]:
        """The images with these contents, by content; at most `most` of each, missing ones first,
        then the newest."""
        marks, values = rows_of((content,) for content in contents)
        sql = f"""WITH wanted (content) AS (VALUES {marks})
            SELECT w.content, {KNOWN} FROM wanted w CROSS JOIN images i ON i.id IN
            (SELECT id FROM images WHERE content = w.content
            ORDER BY missing DESC, id DESC LIMIT ?)"""
        found: dict[ContentHash, list[Known]] = {}
        for content, *columns in self._db.execute(sql, [*values, most]) if contents else ():
            found.setdefault(content, []).extend(known([columns]))
        return found

    def count_with(self, contents: Collection[ContentHash]) -> int:
        """How many images have one of these contents."""
        counts = self._in("SELECT count(*) FROM images WHERE content", contents)
        return sum(count for (count,) in counts)

    def contents(self, ids: Collection[ImageId]) -> dict[ImageId, ContentHash | None]:
        """The content of each image's file; None if it was not read yet."""
        return dict(self._in("SELECT id, content FROM images i WHERE id", ids))

    def sample(self, root: FilePath, count: int = 16) -> list[Known]:
        """Some images below the root: the first and the last by path, which are cheapest to
        find."""
        sql = f"SELECT {KNOWN} FROM images i WHERE path > ? AND path < ? ORDER BY path"
        limited = [*span(root), count // 2]
        first = known(self._db.execute(f"{sql} LIMIT ?", limited))
        return list({*first, *known(self._db.execute(f"{sql} DESC LIMIT ?", limited))})

    def spread(self, root: FilePath, count: int) -> list[Known]:
        """Some images below the root, of any age: those with one of `count` ids that are spread
        evenly over all ids ever given."""
        last = self.last_id()
        ids = {ImageId(1 + last * number // count) for number in range(count)}
        return [image for image in self.by_id(ids) if is_below(image.path, root)]

    def hidden_ids(self, roots: Sequence[FilePath]) -> list[ImageId]:
        """The images that are hidden themselves, or lie below none of the roots."""
        within, values = below(roots)  # two queries: each uses an index of its own
        outside = self._ids(f"SELECT i.id FROM images i WHERE NOT {within}", values)
        return outside + self._ids("SELECT id FROM images WHERE missing", [])

    def ids_below(self, folders: Collection[FilePath]) -> list[ImageId]:
        """The images below these folders."""
        sql = "SELECT id FROM images WHERE path > ? AND path < ?"
        return [image for folder in folders for image in self._ids(sql, span(folder))]

    def below(self, folder: FilePath, after: FilePath, limit: int) -> list[Known]:
        """Images below the folder whose paths come after this one, by path."""
        first, end = span(folder)
        sql = f"SELECT {KNOWN} FROM images i WHERE path > ? AND path < ? ORDER BY path LIMIT ?"
        return known(self._db.execute(sql, [max(first, after), end, limit]))

    def last_id(self) -> ImageId:
        """The last id that was given to an image."""
        sql = "SELECT seq FROM sqlite_sequence WHERE name = 'images'"
        row = self._db.execute(sql).fetchone()
        return ImageId(row[0] if row else 0)

    def hidden(
        self, folder: FilePath, why: Collection[Hidden], after: FilePath, limit: int
    ) -> list[Known]:
        """Images below the folder that are hidden for one of these reasons, and whose paths come
        after this one, by path."""
        first, end = span(folder)
        marks = ", ".join("?" * len(why))
        sql = f"""SELECT {KNOWN} FROM images i WHERE missing AND missing IN ({marks})
            AND path > ? AND path < ? ORDER BY path LIMIT ?"""
        return known(self._db.execute(sql, [*why, max(first, after), end, limit]))

    def outside(
        self, roots: Sequence[FilePath], folder: FilePath, after: FilePath, limit: int
    ) -> list[Known]:
        """As `hidden`: images below the folder, but below none of the roots."""
        (first, end), (within, values) = span(folder), below(roots)
        sql = f"""SELECT {KNOWN} FROM images i
            WHERE path > ? AND path < ? AND NOT {within} ORDER BY path LIMIT ?"""
        return known(self._db.execute(sql, [max(first, after), end, *values, limit]))

    def count(self, folder: FilePath, most: int | None = None) -> int:
        """How many images are known below the folder; counts no more than `most`."""
        sql = """SELECT count(*) FROM
            (SELECT 1 FROM images WHERE path > ? AND path < ? LIMIT ifnull(?, -1))"""
        return int(self._db.execute(sql, [*span(folder), most]).fetchone()[0])

    def count_hidden(self, folder: FilePath) -> dict[Hidden, int]:
        """How many images are hidden below the folder, by reason."""
        sql = "SELECT count(*) FROM images WHERE missing AND missing = ? AND path > ? AND path < ?"
        return {
            why: int(self._db.execute(sql, [why, *span(folder)]).fetchone()[0]) for why in Hidden
        }

    def entries(self, after: ImageId, limit: int, model: ModelKey) -> list[Entry]:
        """The next images after this id, with what is stored of them for the model."""
        sql = """SELECT i.id, i.path, e.vector, b.image_id IS NOT NULL OR f.image_id IS NOT NULL,
            NOT i.missing FROM images i
            LEFT JOIN embeddings e ON e.image_id = i.id AND e.model_id = ?1
            LEFT JOIN backlog b ON b.image_id = i.id AND b.model_id = ?1
            LEFT JOIN failures f ON f.image_id = i.id
            WHERE i.id > ?2 ORDER BY i.id LIMIT ?3"""
        rows = self._db.execute(sql, [model, after, limit])
        return [Entry(row[0], row[1], row[2], bool(row[3]), bool(row[4])) for row in rows]

    def hash(self) -> Hash:
        """The hash of the contents in this catalog: the first content decides for all. With another
        hash, a photo that was copied, or whose times changed, would seem to be a different one."""
        sql = "SELECT length(content) FROM images WHERE content >= x'' LIMIT 1"  # by its index
        row = self._db.execute(sql).fetchone()
        return "sha256" if row and row[0] == HASH_BYTES["sha256"] else "blake3"

    def have_contents(self) -> bool:
        """Whether the content of any file is known."""
        sql = "SELECT EXISTS (SELECT 1 FROM images WHERE content >= x'')"
        return bool(self._db.execute(sql).fetchone()[0])

    # Changes

    def insert(self, images: Iterable[tuple[FilePath, FileState]]) -> list[ImageId]:
        """Adds images; returns their ids."""
        sql = """INSERT INTO images (path, size, mtime_ns, ctime_ns, inode, attributes)
            VALUES (?, ?, ?, ?, ?, ?) RETURNING id"""
        return [
            ImageId(self._db.execute(sql, [path, *state]).fetchone()[0]) for path, state in images
        ]

    def add(
        self,
        image: ImageId | None,
        path: FilePath,
        state: FileState,
        content: ContentHash | None,
        why: Hidden,
    ) -> ImageId:
        """Adds one image with all that is known of its file, hidden for this reason; None gives it
        a new id. Returns its id. Path and id must be free."""
        sql = """INSERT INTO images (id, path, size, mtime_ns, ctime_ns, inode, attributes, content,
            missing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""
        row = self._db.execute(sql, [image, path, *state, content, why]).fetchone()
        return ImageId(row[0])

    def continue_after(self, last: ImageId) -> None:
        """New images get ids above this one."""
        sql = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'images'"
        if not self._db.execute(sql, [last]).rowcount:
            sql = "INSERT INTO sqlite_sequence (name, seq) VALUES ('images', ?)"
            self._db.execute(sql, [last])

    def set_state(self, images: Iterable[tuple[ImageId, FileState]]) -> None:
        """Stores the present states of files; their images are no longer hidden."""
        sql = f"UPDATE images SET {_STATE}, missing=0 WHERE id=?"
        self._db.conn.executemany(sql, ((*state, image) for image, state in images))

    def has_content(self, image: ImageId, content: ContentHash) -> bool:
        """Whether this is what the file contained when it was last read."""
        sql = "SELECT 1 FROM images WHERE id = ? AND content = ?"
        return self._db.execute(sql, [image, content]).fetchone() is not None

    def with_content(self, contents: Mapping[ImageId, ContentHash]) -> set[ImageId]:
        """The images that are known to have the content given for them."""
        return {i for i, content in contents.items() if self.has_content(i, content)}

    def set_content(self, image: ImageId, content: ContentHash) -> None:
        """Stores what the file contains now."""
        self._db.execute("UPDATE images SET content = ? WHERE id = ?", [content, image])

    def rename(self, renames: Iterable[Rename]) -> None:
        """Gives the images new states and new paths, which must be free."""
        sql = f"UPDATE images SET path=?, {_STATE}, missing=0 WHERE id=?"
        self._db.conn.executemany(sql, ((r.path, *r.state, r.id) for r in renames))

    def step_aside(self, ids: Iterable[ImageId]) -> None:
        """Frees the paths of images that are about to be renamed: two may have swapped names.

        Each gets a path that no file can have.
        """
        sql = "UPDATE images SET path = ? WHERE id = ?"
        self._db.conn.executemany(sql, ((b"\0%d" % image, image) for image in ids))

    def displace(self, images: Iterable[Known]) -> None:
        """Hides images as gone, and frees their paths for others.

        Each gets a path in the same folder that no file can have.
        """
        sql = "UPDATE images SET path = ?, missing = ? WHERE id = ?"
        rows = ((b"%s\0%d" % (image.path, image.id), Hidden.GONE, image.id) for image in images)
        self._db.conn.executemany(sql, rows)

    def move(self, old: FilePath, new: FilePath) -> None:
        """Moves all images below `old` to the same place below `new`, where there must be none."""
        sql = """UPDATE images SET path = CAST(? || substr(path, ?) AS BLOB)
            WHERE path > ? AND path < ?"""
        self._db.execute(sql, [new, len(old) + 1, *span(old)])

    def hide(self, ids: Iterable[ImageId], why: Hidden) -> None:
        """Hides the images for this reason; they are kept."""
        sql = "UPDATE images SET missing = ? WHERE id = ?"
        self._db.conn.executemany(sql, ((why, image) for image in ids))

    def forget(self, ids: Collection[ImageId]) -> None:
        """Removes the images and all that is stored of them."""
        self._db.conn.executemany("DELETE FROM images WHERE id = ?", ((image,) for image in ids))
