"""The images that cannot be embedded, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from imgsimd.errors import FaultKind
from imgsimd.gallery.catalog.table import KNOWN, Table, known, shown
from imgsimd.types import FilePath, ImageId, Known

CauseKey = int
"""Key of a cause in the catalog."""


class Fault(NamedTuple):
    """Why an image cannot be embedded."""

    reason: str
    """In words for the user."""
    kind: str = ""
    """An `errors.FaultKind`."""
    reader: str = ""
    """What could not read its content: see `registry.readers`. Empty if nobody tried."""
    allowed: int = 0
    """The limit that it exceeds; 0 if none."""


class Failed(NamedTuple):
    """An image that cannot be embedded, and why, in words for the user."""

    id: ImageId
    path: FilePath
    reason: str
    kind: str


class Failures(Table):
    """At most one for each image; and the causes that they share."""

    def add(self, image: ImageId, fault: Fault, unread: bool) -> None:
        """Notes that the image cannot be embedded, and takes it out of the backlog. It is tried
        again when it changes; if it is `unread`, also when its file may have become readable."""
        sql = (
            "INSERT OR REPLACE INTO failures (image_id, reason, unread, cause) VALUES (?, ?, ?, ?)"
        )
        self._db.execute(sql, [image, fault.reason, unread, self._cause(fault)])
        self._db.execute("DELETE FROM backlog WHERE image_id = ?", [image])

    def _cause(self, fault: Fault) -> CauseKey:
        cause = [fault.kind, fault.reader, fault.allowed]
        sql = "SELECT id FROM causes WHERE kind = ? AND reader = ? AND allowed = ?"
        if row := self._db.execute(sql, cause).fetchone():
            return CauseKey(row[0])
        sql = "INSERT INTO causes (kind, reader, allowed) VALUES (?, ?, ?) RETURNING id"
        return CauseKey(self._db.execute(sql, cause).fetchone()[0])

    def outdated_causes(
        self, readers: Collection[str], allowed: Mapping[str, int]
    ) -> list[CauseKey]:
        """The causes that hold no longer: what could not read the content is not among the present
        `readers`, or more is `allowed` now, by the kind of fault."""
        return [
            key
            for key, kind, reader, limit in self._db.execute(
                "SELECT id, kind, reader, allowed FROM causes"
            )
            if (reader and reader not in readers) or limit < allowed.get(kind, 0)
        ]

    def drop(self, image: ImageId) -> None:
        """Removes the image's failure: it may be possible to embed it now."""
        self._db.execute("DELETE FROM failures WHERE image_id = ?", [image])

    def give(self, image: ImageId, heir: ImageId) -> None:
        """Passes the image's failure to the heir. An heir that has an embedding has not failed, so
        it keeps no failure."""
        sql = """UPDATE OR IGNORE failures SET image_id = ?1 WHERE image_id = ?2
            AND NOT EXISTS (SELECT 1 FROM embeddings WHERE image_id = ?1)"""
        self._db.execute(sql, [heir, image])
        sql = """DELETE FROM failures WHERE image_id = ?1
            AND EXISTS (SELECT 1 FROM embeddings WHERE image_id = ?1)"""
        self._db.execute(sql, [heir])

    def of(self, image: ImageId) -> Failed | None:
        """Why the image cannot be embedded; None if it has not failed."""
        sql = """SELECT i.id, i.path, f.reason, ifnull(c.kind, '') FROM failures f
            CROSS JOIN images i ON i.id = f.image_id LEFT JOIN causes c ON c.id = f.cause
            WHERE f.image_id = ?"""
        row = self._db.execute(sql, [image]).fetchone()
        return Failed(*row) if row else None

    def page(self, roots: Sequence[FilePath], after: int, limit: int | None) -> list[Failed]:
        """The failures below the roots whose image ids are above `after`, by id."""
        within, values = shown(roots)
        sql = f"""SELECT i.id, i.path, f.reason, ifnull(c.kind, '') FROM failures f
            CROSS JOIN images i ON i.id = f.image_id LEFT JOIN causes c ON c.id = f.cause
            WHERE f.image_id > ? AND {within} AND c.kind IS NOT '{FaultKind.NO_PHOTO}'
            ORDER BY f.image_id LIMIT ifnull(?, -1)"""
        return [Failed(*row) for row in self._db.execute(sql, [after, *values, limit])]

    def unread(self, folders: Sequence[FilePath], after: int, limit: int | None) -> list[Known]:
        """As `page`: the images that failed because their files could not be read."""
        within, values = shown(folders)
        sql = f"""SELECT {KNOWN} FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE f.unread AND f.image_id > ? AND {within}
            ORDER BY f.image_id LIMIT ifnull(?, -1)"""
        return known(self._db.execute(sql, [after, *values, limit]))

    def count(self, roots: Sequence[FilePath] | None) -> int:
        """How many failed below the roots (None: anywhere), with those that are no photos."""
        if roots is None:  # SQLite counts whole tables by pages, not by rows
            return int(self._db.execute("SELECT count(*) FROM failures").fetchone()[0])
        within, values = shown(roots)
        sql = f"""SELECT count(*) FROM failures f CROSS JOIN images i ON i.id = f.image_id
            WHERE {within}"""
        return int(self._db.execute(sql, values).fetchone()[0])

    def by_kind(self, roots: Sequence[FilePath] | None) -> dict[str, int]:
        """How many failed below the roots (None: anywhere), by the kind of fault."""
        within, values = ("TRUE", []) if roots is None else shown(roots)
        sql = f"""SELECT ifnull(c.kind, ''), count(*) FROM failures f
            CROSS JOIN images i ON i.id = f.image_id LEFT JOIN causes c ON c.id = f.cause
            WHERE {within} GROUP BY 1"""
        return dict(self._db.execute(sql, values).fetchall())

    def without_library(self, roots: Sequence[FilePath] | None) -> list[tuple[str, int, FilePath]]:
        """As `no_photos`, for each reader that lacks its package; see `registry.readers`."""
        within, values = ("TRUE", []) if roots is None else shown(roots)
        sql = f"""SELECT c.reader, count(*), min(i.path) FROM causes c
            CROSS JOIN failures f ON f.cause = c.id
            CROSS JOIN images i ON i.id = f.image_id
            WHERE c.kind = '{FaultKind.LIBRARY_MISSING}' AND {within} GROUP BY c.reader"""
        return [(reader, count, path) for reader, count, path in self._db.execute(sql, values)]

    def no_photos(self, roots: Sequence[FilePath] | None) -> tuple[int, FilePath]:
        """How many files below the roots (None: anywhere) were looked into and are no photos, and
        the path of one; b"" if there is none."""
        within, values = ("TRUE", []) if roots is None else shown(roots)
        sql = f"""SELECT count(*), ifnull(min(i.path), x'') FROM causes c
            CROSS JOIN failures f ON f.cause = c.id
            CROSS JOIN images i ON i.id = f.image_id
            WHERE c.kind = '{FaultKind.NO_PHOTO}' AND {within}"""
        count, example = self._db.execute(sql, values).fetchone()
        return count, example
