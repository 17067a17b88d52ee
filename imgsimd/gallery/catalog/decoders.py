"""The versions of the decoders that made the stored vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from imgsimd.gallery.catalog.table import Table

OUTDATED = """SELECT e.image_id, e.model_id, 1 FROM decoders d
    CROSS JOIN metadata m ON m.format = d.format
    CROSS JOIN embeddings e ON e.image_id = m.image_id
    WHERE d.current AND e.version <> d.version
    AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.image_id = e.image_id)"""
"""Selects (image, model, 1) for each vector that the current version of its decoder did not
make."""
CHANGED = """EXISTS (SELECT 1 FROM decoders o WHERE o.format = d.format AND NOT o.current)"""
"""Whether decoder `d` has had other versions. Without this condition, all vectors would be read."""


class Decoders(Table):
    """Every version of each format's decoder that was used here, and which one is current."""

    def use(self, versions: Mapping[str, int]) -> bool:
        """Makes these versions, by format, the current ones. Returns whether a known one has
        changed."""
        rows = self._db.execute("SELECT format, version FROM decoders WHERE current")
        known = dict(rows)
        new = {f: version for f, version in versions.items() if known.get(f) != version}
        for name, version in new.items():
            self._db.execute("UPDATE decoders SET current = 0 WHERE format = ?", [name])
            sql = "INSERT OR REPLACE INTO decoders (format, version, current) VALUES (?, ?, 1)"
            self._db.execute(sql, [name, version])
        return not known.keys().isdisjoint(new)

    def note(self, name: str, versions: Collection[int]) -> bool:
        """Vectors by these versions of a format's decoder are stored here now. Returns whether one
        of them is not the current version."""
        sql = "SELECT version FROM decoders WHERE format = ? AND current"
        row = self._db.execute(sql, [name]).fetchone()
        others = {version for version in versions if row and version != row[0]}
        sql = "INSERT OR IGNORE INTO decoders (format, version, current) VALUES (?, ?, 0)"
        self._db.conn.executemany(sql, ((name, version) for version in others))
        return bool(others)
