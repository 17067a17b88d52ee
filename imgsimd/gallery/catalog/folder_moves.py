"""Where folders have moved, and what the paths in the configuration have meant."""

from __future__ import annotations

from collections.abc import Iterable

from imgsimd.gallery.catalog.table import Table
from imgsimd.types import FilePath, MovedPattern


class Moves(Table):
    """The tables `successions`, `meanings` and `moved_patterns`."""

    def successions(self) -> dict[FilePath, FilePath]:
        """Of each folder that has moved, the new place."""
        return dict(self._db.execute("SELECT old, new FROM successions").fetchall())

    def succeed(self, old: FilePath, new: FilePath) -> None:
        """The photos of folder `old` lie in `new` now; what did earlier is void."""
        self.annul(old)
        self.annul(new)
        self._db.execute("INSERT INTO successions (old, new) VALUES (?, ?)", [old, new])

    def annul(self, old: FilePath) -> None:
        """The folder is where it was."""
        self._db.execute("DELETE FROM successions WHERE old = ?", [old])

    def meanings(self) -> list[tuple[FilePath, FilePath]]:
        """What each path of the configuration has led to, and when it led elsewhere, what then."""
        return self._db.execute("SELECT name, place FROM meanings ORDER BY rowid").fetchall()

    def note_meaning(self, name: FilePath, place: FilePath) -> None:
        """The path in the configuration leads to this place."""
        self.drop_meaning(name, place)
        self._db.execute("INSERT INTO meanings (name, place) VALUES (?, ?)", [name, place])

    def drop_meaning(self, name: FilePath, place: FilePath) -> None:
        """Nothing is known any more of what it led to."""
        self._db.execute("DELETE FROM meanings WHERE name = ? AND place = ?", [name, place])

    def patterns(self) -> set[MovedPattern]:
        """Patterns of `ignore` that mean a folder by the path that it had before it moved."""
        rows = self._db.execute("SELECT pattern, place, former FROM moved_patterns")
        return {MovedPattern(*row) for row in rows}

    def set_patterns(self, patterns: Iterable[MovedPattern]) -> None:
        """These are all."""
        self._db.execute("DELETE FROM moved_patterns")
        for each in patterns:
            self._db.execute("INSERT INTO moved_patterns VALUES (?, ?, ?)", list(each))
