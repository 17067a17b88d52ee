"""By which versions of their decoders the stored vectors were made."""

from __future__ import annotations

from collections.abc import Mapping

from imgsimd.gallery.catalog.table import Table

OUTDATED = """SELECT e.image_id, e.model_id, 1 FROM decoders d
    CROSS JOIN metadata m ON m.format = d.format
    CROSS JOIN embeddings e ON e.image_id = m.image_id
    WHERE d.current AND e.version <> d.version
    AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.image_id = e.image_id)"""
"""Image, model, and 1, of each vector that another version of its decoder made."""
CHANGED = """EXISTS (SELECT 1 FROM decoders o WHERE o.format = d.format AND NOT o.current)"""
"""Of a decoder `d`: it has had other versions. Without this, all vectors would be looked at."""


class Decoders(Table):
    """Every version of a format's decoder that was ever used here, and which is current."""

    def use(self, versions: Mapping[str, int]) -> bool:
        """From now on these are current, by format. Says whether a known one has changed."""
        rows = self._db.execute("SELECT format, version FROM decoders WHERE current")
        known = dict(rows)
        new = {f: version for f, version in versions.items() if known.get(f) != version}
        for name, version in new.items():
            self._db.execute("UPDATE decoders SET current = 0 WHERE format = ?", [name])
            sql = "INSERT OR REPLACE INTO decoders (format, version, current) VALUES (?, ?, 1)"
            self._db.execute(sql, [name, version])
        return not known.keys().isdisjoint(new)
