"""What is still to be pushed to the shared store, and what that must hold.

An entry says that the row of an image in a model's collection may be another one than the catalog
says, and nothing more: the row is read when it is pushed. So it does no harm to enter, or to push,
too much or twice.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from imgsimd.gallery.catalog import outbox_triggers
from imgsimd.gallery.catalog.image_attributes import ATTRIBUTES, METADATA
from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.table import Table, below, shown
from imgsimd.shared_ids import HostNumber
from imgsimd.types import FilePath, ImageId

Seq = int
"""The number of an entry. An image that changes again gets a new entry with a higher number."""


class Shared(NamedTuple):
    """As what a gallery is shared."""

    host: HostNumber
    gallery: str
    """A random text, made when sharing began: two galleries never have the same, unless one was
    restored from a backup of the other."""
    doubt: int | None
    """Not None: the collections may hold rows of this host that nobody here knows of."""
    store: str
    """Which server, and which part of it, has what was pushed."""


class Entry(NamedTuple):
    """An entry, and what the catalog says of the image now."""

    seq: Seq
    image: ImageId
    model: ModelKey
    vector: Any
    """Its bytes; None if there is none. Damage may leave any other value here."""
    path: FilePath | None
    """None: the image is gone, or hidden itself."""
    mtime_ns: int
    """This and what follows: see `ImageAttributes`."""
    taken: str | None
    format: str
    pixels: int
    shape: int
    camera: str


class Outbox(Table):
    """The entries, and as what the gallery is shared. Each method that changes anything runs in the
    caller's transaction."""

    def shared(self) -> Shared | None:
        """None if the gallery is not shared."""
        sql = "SELECT host, gallery, doubt, store FROM shared WHERE is_active"
        row = self._db.execute(sql).fetchone()
        return Shared(*row) if row else None

    def last_host(self) -> HostNumber | None:
        """As which host it is shared, or was the last time; None if it never was."""
        row = self._db.execute("SELECT host FROM shared").fetchone()
        return HostNumber(row[0]) if row else None

    def last_entry(self) -> Seq:
        """The highest number that an entry was ever given; 0 if there was none."""
        sql = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"
        row = self._db.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def roots(self) -> list[FilePath]:
        """The folders whose images are shared."""
        return [row[0] for row in self._db.execute("SELECT path FROM shared_roots")]

    def begin(self, host: HostNumber, store: str) -> None:
        """Shares the gallery as this host, in this store; everything is entered."""
        sql = """INSERT INTO shared (id, host, gallery, store) VALUES (1, ?, ?, ?)
            ON CONFLICT DO UPDATE
            SET host = excluded.host, store = excluded.store, is_active = 1"""
        self._db.execute(sql, [host, secrets.token_hex(16), store])
        outbox_triggers.begin_anew(self._db)

    def add_roots(self, roots: Sequence[FilePath]) -> None:
        """Shares what lies below these folders, too; none of them is shared yet."""
        sql = "INSERT INTO shared_roots (path) VALUES (?)"
        self._db.conn.executemany(sql, ((root,) for root in roots))

    def enter_below(self, roots: Sequence[FilePath]) -> None:
        """Enters what lies below these folders."""
        within, values = below(roots)
        sql = f"""INSERT OR REPLACE INTO outbox (image_id, model_id)
            SELECT e.image_id, e.model_id FROM images i CROSS JOIN embeddings e ON e.image_id = i.id
            WHERE {within} ORDER BY i.id"""
        self._db.execute(sql, values)

    def end(self) -> None:
        """The gallery is not shared any more. What was pushed stays where it is, so the host's
        number is kept; numbers of entries are not used again."""
        outbox_triggers.stop(self._db)
        for table in ("shared_roots", "outbox"):
            self._db.execute(f"DELETE FROM {table}")
        self._db.execute("UPDATE shared SET is_active = 0")

    def doubt(self) -> None:
        """A doubt comes up, if the gallery is shared."""
        self._db.execute("UPDATE shared SET doubt = ?", [time.time_ns()])

    def settle(self, doubt: int) -> None:
        """This doubt is none any more; one that has come up since stays."""
        self._db.execute("UPDATE shared SET doubt = NULL WHERE doubt = ?", [doubt])

    def next(self, limit: int) -> list[Entry]:
        """The entries that were made last, the last first."""
        sql = f"""SELECT o.seq, o.image_id, o.model_id, e.vector, {ATTRIBUTES}
            FROM (SELECT * FROM outbox ORDER BY seq DESC LIMIT ?) o
            LEFT JOIN embeddings e ON e.image_id = o.image_id AND e.model_id = o.model_id
            LEFT JOIN images i ON i.id = o.image_id AND NOT i.missing
            {METADATA} ORDER BY o.seq DESC"""
        return [Entry(*row) for row in self._db.execute(sql, [limit])]

    def remove(self, entries: Collection[Seq]) -> list[tuple[ImageId, ModelKey]]:
        """Removes those of the entries that are still there; returns what they were of."""
        removed: list[tuple[ImageId, ModelKey]] = []
        for seq in entries:
            sql = "DELETE FROM outbox WHERE seq = ? RETURNING image_id, model_id"
            removed += self._db.execute(sql, [seq]).fetchall()
        return removed

    def enter(self, images: Collection[ImageId], model: ModelKey) -> None:
        """Enters these images, which need not be known."""
        sql = "INSERT OR REPLACE INTO outbox (image_id, model_id) VALUES (?, ?)"
        self._db.conn.executemany(sql, ((image, model) for image in images))

    def among(self, images: Collection[ImageId], model: ModelKey) -> set[ImageId]:
        """Those of the images that have an entry for this model."""
        sql = "SELECT image_id FROM outbox WHERE model_id = ? AND image_id"
        return {ImageId(row[0]) for row in self._in(sql, images, [model])}

    def count(self) -> int:
        """How many entries there are. Reads all: 10 ms for a million."""
        return int(self._db.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def expected(self, model: ModelKey, after: ImageId, limit: int) -> list[ImageId]:
        """The images that the model's collection must hold, with ids above this one, ascending."""
        is_shown, values = shown(self.roots())
        sql = f"""SELECT e.image_id FROM embeddings e CROSS JOIN images i ON i.id = e.image_id
            WHERE e.image_id > ? AND e.model_id = ? AND {is_shown} ORDER BY e.image_id LIMIT ?"""
        return self._ids(sql, [after, model, *values, limit])
