"""SQLite: the truth about images, their vectors, and what is still to be done.

All methods belong to one thread. Paths are bytes, so folders are byte ranges: what lies below
`/a` is what sorts between `/a/` and `/a0` ("0" follows "/"). CROSS JOIN says which table to begin
with: the short one, where SQLite's planner would rather go through all images below a root.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from imgsimd.gallery.database import DatabaseFile
from imgsimd.gallery.soundness import Entry
from imgsimd.types import (
    RELOCATED,
    ContentHash,
    Failure,
    FilePath,
    FileState,
    ImageId,
    Known,
    Rename,
)

_MOST_PARAMETERS = 500

ModelKey = int
"""Key of a model in the catalog."""

_KNOWN = "i.id, i.path, i.size, i.mtime_ns, i.ctime_ns, i.inode, i.missing"


class Candidate(NamedTuple):
    """An image that waits to be embedded."""

    id: ImageId
    path: FilePath
    state: FileState
    content: ContentHash | None


class Catalog:
    """The database of one daemon."""

    def __init__(self, file: Path) -> None:
        """Opens or makes it. Raises CatalogError where it cannot be used; it is then untouched."""
        self._file = DatabaseFile(file)

    def close(self) -> None:
        """Ends the connection; the write-ahead log goes into the database."""
        self._file.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """`with catalog.atomic():` all of it is stored, or nothing.

        A power cut may take the last ones back: for what can be found out again.
        """
        self._file.keep()
        with self._db.atomic():
            yield

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """As `atomic`, and on the disk at its end: for what somebody was told, as an image's id."""
        self._file.keep()
        self._db.execute("PRAGMA synchronous = FULL")
        try:
            with self.atomic():
                yield
        finally:
            self._db.execute("PRAGMA synchronous = NORMAL")

    def keep(self) -> None:
        """Puts the database back where somebody removed or replaced it. Raises CatalogError."""
        self._file.keep()

    def renew(self) -> None:
        """Sets the damaged database aside, and goes on with what can be read of it."""
        self._file.renew()

    def is_damaged(self) -> bool:
        """Whether SQLite finds anything wrong. Reads all of the database: seconds."""
        return self._file.is_damaged()

    @property
    def set_aside(self) -> list[Path]:
        """The databases that were set aside, and are still there."""
        return self._file.set_aside

    @property
    def _db(self) -> Database:
        return self._file.db

    # What is known

    def between(self, after: FilePath, upto: FilePath) -> list[Known]:
        """The images with `after < path <= upto`, by path."""
        sql = f"SELECT {_KNOWN} FROM images i WHERE path > ? AND path <= ? ORDER BY path"
        return _known(self._db.execute(sql, [after, upto]))

    def at(self, paths: Collection[FilePath]) -> list[Known]:
        """The images at these paths."""
        return _known(self._in(f"SELECT {_KNOWN} FROM images i WHERE path", paths))

    def by_id(self, ids: Collection[ImageId]) -> list[Known]:
        """The images with these ids."""
        return _known(self._in(f"SELECT {_KNOWN} FROM images i WHERE id", ids))

    def by_inode(self, inodes: Collection[int]) -> list[Known]:
        """The images whose file had one of these inodes."""
        return _known(self._in(f"SELECT {_KNOWN} FROM images i WHERE inode", inodes))

    def by_content(self, contents: Collection[ContentHash]) -> dict[ContentHash, list[Known]]:
        """The images that have this very content, by content."""
        rows = self._in(f"SELECT i.content, {_KNOWN} FROM images i WHERE content", contents)
        found: dict[ContentHash, list[Known]] = {}
        for content, *known in rows:
            found.setdefault(content, []).extend(_known([known]))
        return found

    def sample(self, root: FilePath, count: int) -> list[Known]:
        """Some images below the root: the first and the last by path, which cost least to find."""
        sql = f"SELECT {_KNOWN} FROM images i WHERE path > ? AND path < ? ORDER BY path"
        limited = [*_range(root), count // 2]
        first = _known(self._db.execute(f"{sql} LIMIT ?", limited))
        return list({*first, *_known(self._db.execute(f"{sql} DESC LIMIT ?", limited))})

    def hidden_ids(self, roots: Sequence[FilePath]) -> list[ImageId]:
        """The images that are missing, or lie below none of the roots."""
        within, values = _below(roots)  # two questions: each has an index of its own
        outside = self._ids(f"SELECT i.id FROM images i WHERE NOT {within}", values)
        return outside + self._ids("SELECT id FROM images WHERE missing", [])

    def missing(self, folder: FilePath, after: FilePath, limit: int) -> list[Known]:
        """Missing images below the folder whose paths come after this one, by path."""
        first, end = _range(folder)
        sql = f"""SELECT {_KNOWN} FROM images i
            WHERE missing AND path > ? AND path < ? ORDER BY path LIMIT ?"""
        return _known(self._db.execute(sql, [max(first, after), end, limit]))

    def outside(
        self, roots: Sequence[FilePath], folder: FilePath, after: FilePath, limit: int
    ) -> list[Known]:
        """As `missing`: images below the folder, but below none of the roots."""
        (first, end), (within, values) = _range(folder), _below(roots)
        sql = f"""SELECT {_KNOWN} FROM images i
            WHERE path > ? AND path < ? AND NOT {within} ORDER BY path LIMIT ?"""
        return _known(self._db.execute(sql, [max(first, after), end, *values, limit]))

    def count(self, folder: FilePath) -> int:
        """How many images are known below the folder."""
        sql = "SELECT count(*) FROM images WHERE path > ? AND path < ?"
        return int(self._db.execute(sql, _range(folder)).fetchone()[0])

    def count_missing(self, folder: FilePath) -> int:
        """How many images are missing below the folder."""
        sql = "SELECT count(*) FROM images WHERE missing AND path > ? AND path < ?"
        return int(self._db.execute(sql, _range(folder)).fetchone()[0])

    def entries(self, after: ImageId, limit: int, model: ModelKey) -> list[Entry]:
        """The next images after this id, and what is stored of them by the model."""
        sql = """SELECT i.id, i.path, e.vector, b.image_id IS NOT NULL OR f.image_id IS NOT NULL,
            NOT i.missing FROM images i
            LEFT JOIN embeddings e ON e.image_id = i.id AND e.model_id = ?1
            LEFT JOIN backlog b ON b.image_id = i.id AND b.model_id = ?1
            LEFT JOIN failures f ON f.image_id = i.id
            WHERE i.id > ?2 ORDER BY i.id LIMIT ?3"""
        rows = self._db.execute(sql, [model, after, limit])
        return [Entry(row[0], row[1], row[2], bool(row[3]), bool(row[4])) for row in rows]

    # Changes to what is known

    def insert(self, images: Iterable[tuple[FilePath, FileState]]) -> list[ImageId]:
        """New images, and the ids they got."""
        sql = """INSERT INTO images (path, size, mtime_ns, ctime_ns, inode)
            VALUES (?, ?, ?, ?, ?) RETURNING id"""
        return [
            ImageId(self._db.execute(sql, [path, *state]).fetchone()[0]) for path, state in images
        ]

    def set_state(self, images: Iterable[tuple[ImageId, FileState]]) -> None:
        """What the files look like, which are there, now."""
        sql = "UPDATE images SET size=?, mtime_ns=?, ctime_ns=?, inode=?, missing=0 WHERE id=?"
        self._db.conn.executemany(sql, ((*state, image) for image, state in images))

    def has_content(self, image: ImageId, content: ContentHash) -> bool:
        """Whether this is what the file contained when it was last read."""
        sql = "SELECT 1 FROM images WHERE id = ? AND content = ?"
        return self._db.execute(sql, [image, content]).fetchone() is not None

    def set_content(self, image: ImageId, content: ContentHash) -> None:
        """What the file contains now."""
        self._db.execute("UPDATE images SET content = ? WHERE id = ?", [content, image])

    def rename(self, renames: Iterable[Rename]) -> None:
        """The images under their new paths, which must be free."""
        sql = """UPDATE images SET path=?, size=?, mtime_ns=?, ctime_ns=?, inode=?, missing=0
            WHERE id=?"""
        self._db.conn.executemany(sql, ((r.path, *r.state, r.id) for r in renames))

    def step_aside(self, ids: Iterable[ImageId]) -> None:
        """Frees the paths of images that are about to be renamed: two may have swapped names.

        Each gets a path that no file can have.
        """
        sql = "UPDATE images SET path = ? WHERE id = ?"
        self._db.conn.executemany(sql, ((b"\0%d" % image, image) for image in ids))

    def relocate(self, old: FilePath, new: FilePath) -> int:
        """Puts all images below `old` at the same place below `new`, where none may be yet.

        Only their size and mtime are kept, as another disk keeps them. Returns how many there are.
        """
        sql = """UPDATE images SET path = CAST(? || substr(path, ?) AS BLOB),
            ctime_ns = 0, inode = ? WHERE path > ? AND path < ?"""
        values = [new, len(old) + 1, RELOCATED, *_range(old)]
        return int(self._db.execute(sql, values).rowcount)

    def set_missing(self, ids: Iterable[ImageId]) -> None:
        """The files have gone; the images are kept."""
        sql = "UPDATE images SET missing = 1 WHERE id = ?"
        self._db.conn.executemany(sql, ((image,) for image in ids))

    def forget(self, ids: Collection[ImageId]) -> None:
        """Removes the images and all that is stored of them."""
        self._db.conn.executemany("DELETE FROM images WHERE id = ?", ((image,) for image in ids))

    # Roots

    def remembered(self, root: FilePath) -> tuple[int, int] | None:
        """The identity (file system, inode) under which the root was last seen."""
        sql = "SELECT filesystem, inode FROM roots WHERE path = ?"
        row = self._db.execute(sql, [root]).fetchone()
        return (int(row[0]), row[1]) if row else None

    def remember(self, root: FilePath, identity: tuple[int, int]) -> None:
        """Stores the root's identity."""
        self._db.execute(
            "INSERT OR REPLACE INTO roots VALUES (?, ?, ?)", [root, str(identity[0]), identity[1]]
        )

    def places(self, root: FilePath) -> list[FilePath]:
        """The folders below the root that have an identity of their own."""
        sql = "SELECT path FROM roots WHERE path > ? AND path < ?"
        return [row[0] for row in self._db.execute(sql, _range(root))]

    def disown(self, root: FilePath) -> None:
        """Forgets the root's identity (not its images), and those of folders below it."""
        sql = "DELETE FROM roots WHERE path = ? OR (path > ? AND path < ?)"
        self._db.execute(sql, [root, *_range(root)])

    # Models

    def model(self, identity: str, name: str, dimension: int) -> ModelKey:
        """The key of the model, which is entered where it is new."""
        sql = "SELECT id FROM models WHERE identity = ?"
        if row := self._db.execute(sql, [identity]).fetchone():  # a start writes nothing then
            return ModelKey(row[0])
        sql = "INSERT INTO models (identity, name, dimension) VALUES (?, ?, ?) RETURNING id"
        return ModelKey(self._db.execute(sql, [identity, name, dimension]).fetchone()[0])

    def serving(self) -> tuple[ModelKey, str, str, int] | None:
        """Key, identity, name and dimension of the model whose vectors answer questions."""
        sql = "SELECT id, identity, name, dimension FROM models WHERE serving"
        row = self._db.execute(sql).fetchone()
        return (row[0], row[1], row[2], row[3]) if row else None

    def set_serving(self, model: ModelKey) -> None:
        """From now on this model's vectors answer."""
        self._db.execute("UPDATE models SET serving = (id = ?)", [model])

    # Backlog

    def renew_backlog(self, models: Sequence[ModelKey]) -> None:
        """Makes the backlog say: every image without a vector of these models, or a failure.

        It goes on to say so, since what enters an image enters it there, too.
        """
        if set(self._ids("SELECT id FROM models WHERE in_backlog", [])) == set(models):
            return
        marks = ", ".join("?" * len(models))
        self._db.execute(f"DELETE FROM backlog WHERE model_id NOT IN ({marks})", list(models))
        for model in models:
            self._db.execute(
                """INSERT OR IGNORE INTO backlog (image_id, model_id)
                SELECT i.id, ?1 FROM images i
                LEFT JOIN embeddings e ON e.image_id = i.id AND e.model_id = ?1
                LEFT JOIN failures f ON f.image_id = i.id
                WHERE e.id IS NULL AND f.image_id IS NULL ORDER BY i.mtime_ns""",
                [model],
            )
        self._db.execute(f"UPDATE models SET in_backlog = (id IN ({marks}))", list(models))

    def enqueue(self, ids: Collection[ImageId], models: Sequence[ModelKey]) -> None:
        """These images are to be embedded, before all others; an earlier failure is void."""
        self._db.conn.executemany(
            "DELETE FROM failures WHERE image_id = ?", ((image,) for image in ids)
        )
        self._db.conn.executemany(
            "INSERT OR REPLACE INTO backlog (image_id, model_id) VALUES (?, ?)",
            ((image, model) for image in ids for model in models),
        )

    def waiting(
        self, model: ModelKey, limit: int, roots: Sequence[FilePath] | None
    ) -> list[Candidate]:
        """What to embed next: the last noticed first, below the roots (None: wherever it lies)."""
        within, values = ("TRUE", list[FilePath]()) if roots is None else _shown(roots)
        sql = f"""SELECT {_KNOWN}, i.content FROM backlog b CROSS JOIN images i ON i.id = b.image_id
            WHERE b.model_id = ? AND {within} ORDER BY b.noticed DESC LIMIT ?"""
        rows = self._db.execute(sql, [model, *values, limit])
        return [
            Candidate(image.id, image.path, image.state, content)
            for *columns, content in rows
            for image in _known([columns])
        ]

    def count_waiting(self, roots: Sequence[FilePath] | None) -> int:
        """How often images wait to be embedded by some model, below the roots (None: anywhere)."""
        if roots is None:  # SQLite counts whole tables by pages, not by rows
            return int(self._db.execute("SELECT count(*) FROM backlog").fetchone()[0])
        within, values = _shown(roots)
        sql = f"""SELECT count(*) FROM backlog b CROSS JOIN images i ON i.id = b.image_id
            WHERE {within}"""
        return int(self._db.execute(sql, values).fetchone()[0])

    def has_waiting(self, model: ModelKey) -> bool:
        """Whether any image waits to be embedded by the model."""
        sql = "SELECT EXISTS (SELECT 1 FROM backlog WHERE model_id = ?)"
        return bool(self._db.execute(sql, [model]).fetchone()[0])

    def is_waiting(self, image: ImageId, model: ModelKey) -> bool:
        """Whether the image is still to be embedded by the model."""
        sql = "SELECT 1 FROM backlog WHERE model_id = ? AND image_id = ?"
        return self._db.execute(sql, [model, image]).fetchone() is not None

    def done(self, image: ImageId, model: ModelKey) -> None:
        """Takes the image out of the model's backlog."""
        sql = "DELETE FROM backlog WHERE model_id = ? AND image_id = ?"
        self._db.execute(sql, [model, image])

    # Embeddings and failures

    def store(self, image: ImageId, model: ModelKey, vector: bytes) -> None:
        """The image's embedding, in place of an earlier one."""
        self._db.execute(
            "INSERT OR REPLACE INTO embeddings (image_id, model_id, vector) VALUES (?, ?, ?)",
            [image, model, vector],
        )

    def drop_embeddings(self, image: ImageId) -> None:
        """Removes the image's embeddings of every model: its content has changed."""
        self._db.execute("DELETE FROM embeddings WHERE image_id = ?", [image])

    def vector(self, image: ImageId, model: ModelKey) -> bytes | None:
        """The stored embedding."""
        sql = "SELECT vector FROM embeddings WHERE image_id = ? AND model_id = ?"
        row = self._db.execute(sql, [image, model]).fetchone()
        return row[0] if row else None

    def vectors(self, model: ModelKey, ids: Collection[ImageId] | None = None) -> Iterator[Any]:
        """(image id, embedding) of all images, or of these, in no order."""
        sql = "SELECT image_id, vector FROM embeddings WHERE model_id = ?"
        if ids is None:
            yield from self._db.execute(sql, [model])
        else:
            yield from self._in(f"{sql} AND image_id", ids, [model])

    def newest(self) -> Known | None:
        """The image that was embedded last, by whatever model."""
        sql = f"""SELECT {_KNOWN} FROM embeddings e CROSS JOIN images i ON i.id = e.image_id
            ORDER BY e.id DESC LIMIT 1"""
        return next(iter(_known(self._db.execute(sql))), None)

    def fail(self, image: ImageId, reason: str, unread: bool) -> None:
        """The image cannot be embedded; it is not tried again until it changes, or, if nothing of
        it could be read, when that may be otherwise."""
        sql = "INSERT OR REPLACE INTO failures (image_id, reason, unread) VALUES (?, ?, ?)"
        self._db.execute(sql, [image, reason, unread])
        self._db.execute("DELETE FROM backlog WHERE image_id = ?", [image])

    def failures(self, roots: Sequence[FilePath]) -> list[Failure]:
        """What failed below the roots, by path."""
        within, values = _shown(roots)
        sql = f"""SELECT i.path, f.reason FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE {within} ORDER BY i.path"""
        return [Failure(*row) for row in self._db.execute(sql, values)]

    def unread(self, folders: Sequence[FilePath]) -> list[Known]:
        """The images below the folders that failed because their files could not be read."""
        within, values = _shown(folders)
        sql = f"""SELECT {_KNOWN} FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE f.unread AND {within}"""
        return _known(self._db.execute(sql, values))

    def count_failures(self, roots: Sequence[FilePath]) -> int:
        """How many failed below the roots."""
        within, values = _shown(roots)
        sql = f"""SELECT count(*) FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE {within}"""
        return int(self._db.execute(sql, values).fetchone()[0])

    def _in(
        self, sql: str, wanted: Collection[Any], before: Sequence[object] = ()
    ) -> Iterator[Any]:
        """`sql ... IN (wanted)`, in as many steps as SQLite's limit on parameters asks for."""
        values = list(wanted)
        for start in range(0, len(values), _MOST_PARAMETERS):
            part = values[start : start + _MOST_PARAMETERS]
            marks = ", ".join("?" * len(part))
            yield from self._db.execute(f"{sql} IN ({marks})", [*before, *part])

    def _ids(self, sql: str, values: Sequence[object]) -> list[ImageId]:
        return [ImageId(row[0]) for row in self._db.execute(sql, list(values))]


def _shown(roots: Sequence[FilePath]) -> tuple[str, list[FilePath]]:
    """An SQL condition, and its values: image `i` lies below one of the roots, and is there."""
    within, values = _below(roots)
    return f"({within} AND NOT i.missing)", values


def _below(roots: Sequence[FilePath]) -> tuple[str, list[FilePath]]:
    conditions = ["(i.path > ? AND i.path < ?)"] * len(roots)
    return f"({' OR '.join(conditions or ['FALSE'])})", [v for r in roots for v in _range(r)]


def _range(root: FilePath) -> tuple[FilePath, FilePath]:
    return root + b"/", root + b"0"


def _known(rows: Iterable[Any]) -> list[Known]:
    # tuple's own constructor: a scan reads every row, and this is most of what a row costs.
    new = tuple.__new__
    return [new(Known, (row[0], row[1], new(FileState, row[2:6]), row[6])) for row in rows]
