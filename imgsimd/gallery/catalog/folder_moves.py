"""Where folders have moved, and where the paths in the configuration have led."""

from __future__ import annotations

from collections.abc import Iterable

from imgsimd.gallery.catalog.table import Table
from imgsimd.types import FilePath, MovedPattern


class Moves(Table):
    """The tables `successions`, `meanings` and `moved_patterns`."""

    def successions(self) -> dict[FilePath, FilePath]:
        """The new place of each folder that has moved."""
        return dict(self._db.execute("SELECT old, new FROM successions").fetchall())

    def succeed(self, old: FilePath, new: FilePath) -> None:
        """Notes that the photos of folder `old` are in `new` now; drops earlier moves of both."""
        self.annul(old)
        self.annul(new)
        self._db.execute("INSERT INTO successions (old, new) VALUES (?, ?)", [old, new])

    def annul(self, old: FilePath) -> None:
        """Drops the move of the folder, which is where it was."""
        self._db.execute("DELETE FROM successions WHERE old = ?", [old])

    def meanings(self) -> list[tuple[FilePath, FilePath]]:
        """Each path in the configuration with each place that it has led to, the latest last."""
        return self._db.execute("SELECT name, place FROM meanings ORDER BY rowid").fetchall()

    def note_meaning(self, name: FilePath, place: FilePath) -> None:
        """Notes that the path in the configuration leads to this place now."""
        self.drop_meaning(name, place)
        self._db.execute("INSERT INTO meanings (name, place) VALUES (?, ?)", [name, place])

    def drop_meaning(self, name: FilePath, place: FilePath) -> None:
        """Forgets that the path has led to this place."""
        self._db.execute("DELETE FROM meanings WHERE name = ? AND place = ?", [name, place])

    def patterns(self) -> set[MovedPattern]:
        """Patterns of `ignore` that name a folder by its path before it moved."""
        rows = self._db.execute("SELECT pattern, place, former FROM moved_patterns")
        return {MovedPattern(*row) for row in rows}

    def set_patterns(self, patterns: Iterable[MovedPattern]) -> None:
        """Stores these in place of all earlier ones."""
        self._db.execute("DELETE FROM moved_patterns")
        for each in patterns:
            self._db.execute("INSERT INTO moved_patterns VALUES (?, ?, ?)", list(each))
