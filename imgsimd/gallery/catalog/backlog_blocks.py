"""The backlog in blocks, of which only those are counted again in which something has changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from imgsimd.gallery.catalog.database import DatabaseFile
from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.root_sums import BARE, RootSums
from imgsimd.types import FilePath, ImageId

_BITS = 12
"""A block has 4,096 places, which take a millisecond."""
_OLD, _NEW, _ANY = (f"{whose}noticed >> {_BITS}" for whose in ("old.", "new.", ""))
IMAGES = -1
"""Instead of a block: the images themselves, to be counted anew below each root."""
_REPLACED = "FROM backlog WHERE model_id = new.model_id AND image_id = new.image_id"
_CHANGES = {
    "waiting_inserted": ("AFTER INSERT ON main.backlog", f"SELECT {_NEW} AS block"),
    "waiting_replaced": ("BEFORE INSERT ON main.backlog", f"SELECT {_ANY} AS block {_REPLACED}"),
    "waiting_deleted": ("AFTER DELETE ON main.backlog", f"SELECT {_OLD} AS block"),
    "waiting_passed_on": ("AFTER UPDATE ON main.backlog", f"SELECT {_OLD} AS block"),
    "images_inserted": ("AFTER INSERT ON main.images", f"SELECT {IMAGES} AS block"),
    "images_deleted": ("AFTER DELETE ON main.images", f"SELECT {IMAGES} AS block"),
}
"""The triggers: upon what, and the blocks that it changes. An entry that is replaced fires none of
its own. For updates of images there is none, since it would double the time that they take."""


class Waiting(NamedTuple):
    """How much of the backlog is below one root."""

    entries: int
    without_vector: int
    """Entries of images that have no vector of the model, and wait for it."""
    of_model: int
    """Entries of images that wait for the model."""


class BacklogBlocks(RootSums):
    """Entries by when they were noticed."""

    def __init__(self, file: DatabaseFile) -> None:
        super().__init__(file)
        self._recording: tuple[object, int] | None = None

    def recording(self) -> object:
        """Another value whenever all must be counted anew: at first, and after the database was
        changed by another program, or replaced. From then on, `touched` knows what changes."""
        connection = self._db.conn
        now = connection, connection.execute("PRAGMA data_version").fetchone()[0]
        if now != self._recording:
            self._record()
            self._recording = now
        return now

    @property
    def _is_recording(self) -> bool:
        """Not yet after the database was replaced."""
        return self._recording is not None and self._recording[0] is self._db.conn

    def _record(self) -> None:
        self._db.execute(
            """CREATE TEMP TABLE IF NOT EXISTS touched_blocks
            (block INTEGER PRIMARY KEY ON CONFLICT IGNORE)"""
        )
        for name, (event, blocks) in _CHANGES.items():
            self._db.execute(
                f"""CREATE TEMP TRIGGER IF NOT EXISTS {name} {event}
                BEGIN INSERT INTO touched_blocks {blocks}; END"""
            )

    def touch(self, ids: Collection[ImageId]) -> None:
        """These images have moved, or were hidden or shown: nothing else tells of that."""
        if self._is_recording and ids:
            with self._db.atomic():
                self._db.execute(f"INSERT INTO touched_blocks VALUES ({IMAGES})")
                sql = f"INSERT INTO touched_blocks SELECT {_ANY} FROM backlog WHERE image_id"
                for _ in self._in(sql, ids):
                    pass

    def touch_all(self) -> None:
        """Has every block counted."""
        if not self._is_recording:
            return
        with self._db.atomic():
            self._db.execute("DELETE FROM touched_blocks")
            self._db.execute(
                f"""INSERT INTO touched_blocks WITH RECURSIVE blocks (block, last) AS
                (SELECT min(noticed) >> {_BITS}, max(noticed) >> {_BITS} FROM main.backlog
                UNION ALL SELECT block + 1, last FROM blocks WHERE block < last)
                SELECT block FROM blocks WHERE block IS NOT NULL UNION ALL SELECT {IMAGES}"""
            )

    def touched(self, most: int) -> list[int]:
        """Some of the blocks that are to be counted; they are taken for counted now."""
        sql = "SELECT block FROM touched_blocks ORDER BY block DESC LIMIT ?"
        blocks = [row[0] for row in self._db.execute(sql, [most])]
        if blocks:
            with self._db.atomic():
                marks = ", ".join("?" * len(blocks))
                self._db.execute(f"DELETE FROM touched_blocks WHERE block IN ({marks})", blocks)
        return blocks

    def count(self, block: int, roots: Sequence[FilePath], model: ModelKey) -> list[Waiting]:
        """How much is in the block, for each root."""
        source = f"""FROM backlog b CROSS JOIN images i ON i.id = b.image_id
            WHERE b.noticed >= {block << _BITS} AND b.noticed < {(block + 1) << _BITS}"""
        columns = ["1", f"b.model_id = ? AND {BARE}", "b.model_id = ?"]
        found = self.sums(roots, columns, source, [model, model, model])
        return [Waiting(*sums) for sums in found]
