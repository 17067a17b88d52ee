"""Which images are still to be embedded, and by which models."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from imgsimd.gallery.catalog.backlog_blocks import Waiting
from imgsimd.gallery.catalog.database import DatabaseFile
from imgsimd.gallery.catalog.decoders import CHANGED, OUTDATED
from imgsimd.gallery.catalog.failed_images import CauseKey
from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.root_sums import BARE
from imgsimd.gallery.catalog.table import KNOWN, Table, known, shown
from imgsimd.types import ContentHash, FilePath, FileState, ImageId

_LAST = 2**63 - 1


class Candidate(NamedTuple):
    """An image that waits to be embedded."""

    id: ImageId
    path: FilePath
    state: FileState
    content: ContentHash | None


class _Passed(NamedTuple):
    """A range of the backlog in which every image is hidden."""

    after: int
    """Exclusive."""
    upto: int
    """Inclusive; 0 if nothing was passed over."""


class Backlog(Table):
    """Images that wait for a model; the last noticed comes first."""

    def __init__(self, file: DatabaseFile) -> None:
        super().__init__(file)
        self._passed: dict[ModelKey, _Passed] = {}

    def set_models(self, models: Sequence[ModelKey]) -> None:
        """Fills the backlog with every image that has neither a vector of these models nor a
        failure.

        It stays complete from then on, since each new image is also added here.
        """
        before: set[int] = set(self._ids("SELECT id FROM models WHERE in_backlog", []))
        if before == set(models):
            return
        marks = ", ".join("?" * len(models))
        self._db.execute(f"DELETE FROM backlog WHERE model_id NOT IN ({marks})", list(models))
        for model in set(models) - before:
            self._db.execute(
                """INSERT OR IGNORE INTO backlog (image_id, model_id)
                SELECT i.id, ?1 FROM images i
                LEFT JOIN embeddings e ON e.image_id = i.id AND e.model_id = ?1
                LEFT JOIN failures f ON f.image_id = i.id
                WHERE e.id IS NULL AND f.image_id IS NULL ORDER BY i.mtime_ns""",
                [model],
            )
            self.add_outdated(model)
        self._db.execute(f"UPDATE models SET in_backlog = (id IN ({marks}))", list(models))

    def add(self, ids: Collection[ImageId], models: Sequence[ModelKey]) -> None:
        """Adds these images, to be embedded before all others, and removes their failures."""
        self._db.conn.executemany(
            "DELETE FROM failures WHERE image_id = ?", ((image,) for image in ids)
        )
        self._db.conn.executemany(
            "INSERT OR REPLACE INTO backlog (image_id, model_id) VALUES (?, ?)",
            ((image, model) for image in ids for model in models),
        )

    def add_outdated(self, model: ModelKey, image: ImageId | None = None) -> None:
        """Adds every image whose vector of this model was not made by the current version of its
        decoder; with `image`, only that one. The old vector is used until it is replaced."""
        which = CHANGED if image is None else "e.image_id = ?2"
        sql = f"""INSERT OR IGNORE INTO backlog (image_id, model_id, outdated)
            {OUTDATED} AND e.model_id = ?1 AND {which}"""
        self._db.execute(sql, [model] if image is None else [model, image])

    def add_failed(self, cause: CauseKey | None, models: Sequence[ModelKey]) -> None:
        """As `add`, for every image that failed for this cause (None: before there were causes)."""
        for model in models:
            self._db.execute(
                """INSERT OR IGNORE INTO backlog (image_id, model_id)
                SELECT image_id, ? FROM failures WHERE cause IS ?""",
                [model, cause],
            )
        self._db.execute("DELETE FROM failures WHERE cause IS ?", [cause])

    def next(
        self, model: ModelKey, limit: int, roots: Sequence[FilePath] | None
    ) -> list[Candidate]:
        """What to embed next below the roots (None: anywhere), the last noticed first.

        Thousands of hidden images may have been noticed last, so those that were passed over once
        are skipped until `look_again`.
        """
        passed = self._passed.get(model, _Passed(0, 0))
        rows = self._noticed(model, passed.upto, _LAST, limit, roots)
        has_new = passed.upto and rows
        if passed.upto and len(rows) < limit:
            rows += self._noticed(model, 0, passed.after, limit - len(rows), roots)
        if roots is not None and not has_new:
            self._passed[model] = _Passed(rows[0][0] if rows else 0, self._last(model))
        return list(_candidates(rows))

    def amid(
        self, model: ModelKey, share: float, roots: Sequence[FilePath] | None
    ) -> Candidate | None:
        """One that waits for the model, from the oldest (0) to the newest (1); None if it is not
        below the roots (None: anywhere)."""
        first, last = self._last(model, "min"), self._last(model)
        within, values = ("TRUE", list[FilePath]()) if roots is None else shown(roots)
        sql = f"""SELECT b.noticed, {KNOWN}, i.content FROM
            (SELECT noticed, image_id FROM backlog WHERE model_id = ? AND noticed <= ?
            ORDER BY noticed DESC LIMIT 1) b
            CROSS JOIN images i ON i.id = b.image_id WHERE {within}"""
        noticed = first + int(share * (last - first))
        return next(_candidates(self._db.execute(sql, [model, noticed, *values])), None)

    def look_again(self) -> None:
        """Forgets which images were passed over: they may be shown now."""
        self._passed.clear()

    def _noticed(
        self,
        model: ModelKey,
        after: int,
        upto: int,
        limit: int,
        roots: Sequence[FilePath] | None,
    ) -> list[Any]:
        within, values = ("TRUE", list[FilePath]()) if roots is None else shown(roots)
        sql = f"""SELECT b.noticed, {KNOWN}, i.content
            FROM backlog b CROSS JOIN images i ON i.id = b.image_id
            WHERE b.model_id = ? AND b.noticed > ? AND b.noticed <= ? AND {within}
            ORDER BY b.noticed DESC LIMIT ?"""
        return list(self._db.execute(sql, [model, after, upto, *values, limit]))

    def _last(self, model: ModelKey, which: Literal["min", "max"] = "max") -> int:
        """When the newest or the oldest image that waits for the model was noticed."""
        sql = f"SELECT {which}(noticed) FROM backlog WHERE model_id = ?"
        return self._db.execute(sql, [model]).fetchone()[0] or 0

    def count(self) -> int:
        """How many entries there are, one for each image and model: SQLite counts whole tables by
        pages, not by rows."""
        return int(self._db.execute("SELECT count(*) FROM backlog").fetchone()[0])

    def count_of(self, model: ModelKey) -> int:
        """How many images wait for the model, shown or not: 10 ms for a million."""
        sql = "SELECT count(*) FROM backlog WHERE model_id = ?"
        return int(self._db.execute(sql, [model]).fetchone()[0])

    def waiting(self, model: ModelKey) -> Waiting:
        """How much there is, shown or not. Takes as long as the images that wait for the model
        need."""
        sql = f"""SELECT count(*), count(*) FILTER (WHERE {BARE}) FROM backlog b
            CROSS JOIN images i ON i.id = b.image_id WHERE b.model_id = ?"""
        of_model, bare = self._db.execute(sql, [model, model]).fetchone()
        return Waiting(self.count(), bare, of_model)

    def sample(self, model: ModelKey, most: int) -> list[tuple[FilePath, int]]:
        """Paths and sizes of at most so many files that wait for the model: all of them, if they
        are not more; else files that were noticed at even distances.

        The distance is a power of two, so that the next sample is the same but for what is done by
        then, or has come. Where so much is done in between that hardly any file is met, these are
        the next ones instead.
        """
        first, last = self._last(model, "min"), self._last(model)
        step = 1 << max(0, (last - first) // most).bit_length()
        sql = """WITH RECURSIVE grid (noticed) AS
            (SELECT ?1 UNION ALL SELECT noticed + ?2 FROM grid WHERE noticed + ?2 <= ?3)
            SELECT i.path, i.size FROM grid CROSS JOIN backlog b ON b.noticed = grid.noticed
            CROSS JOIN images i ON i.id = b.image_id WHERE b.model_id = ?4 AND NOT i.missing"""
        found = self._db.execute(sql, [-(-first // step) * step, step, last, model]).fetchall()
        if len(found) >= most // 16 or step == 1:
            return found
        sql = """SELECT i.path, i.size FROM backlog b CROSS JOIN images i ON i.id = b.image_id
            WHERE b.model_id = ? AND NOT i.missing ORDER BY b.noticed DESC LIMIT ?"""
        return self._db.execute(sql, [model, most]).fetchall()

    def has_any(self, model: ModelKey) -> bool:
        """Whether any image waits to be embedded by the model."""
        sql = "SELECT EXISTS (SELECT 1 FROM backlog WHERE model_id = ?)"
        return bool(self._db.execute(sql, [model]).fetchone()[0])

    def awaits_new_content(self, image: ImageId, model: ModelKey) -> bool:
        """Whether the image waits for the model because its content may have changed, not because
        its decoder has."""
        sql = "SELECT 1 FROM backlog WHERE model_id = ? AND image_id = ? AND NOT outdated"
        return self._db.execute(sql, [model, image]).fetchone() is not None

    def done(self, image: ImageId, model: ModelKey) -> None:
        """Takes the image out of the model's backlog."""
        sql = "DELETE FROM backlog WHERE model_id = ? AND image_id = ?"
        self._db.execute(sql, [model, image])

    def give(self, image: ImageId, heir: ImageId) -> None:
        """Passes the image's entries to the heir."""
        sql = "UPDATE OR IGNORE backlog SET image_id = ? WHERE image_id = ?"
        self._db.execute(sql, [heir, image])

    def replace(self, image: ImageId, by: ImageId) -> None:
        """Replaces the image's entries for new content by those of `by`, which has the same
        content. Entries for models of which only the image has a vector are dropped."""
        self._db.execute("DELETE FROM backlog WHERE image_id = ? AND NOT outdated", [image])
        has = "SELECT model_id FROM embeddings WHERE image_id ="
        sql = f"""DELETE FROM backlog WHERE image_id = ?2
            AND model_id IN ({has} ?1) AND model_id NOT IN ({has} ?2)"""
        self._db.execute(sql, [image, by])
        self.give(by, image)


def _candidates(rows: Iterable[Any]) -> Iterator[Candidate]:
    for _, *columns, content in rows:
        for image in known([columns]):
            yield Candidate(image.id, image.path, image.state, content)
