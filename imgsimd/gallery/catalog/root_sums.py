"""Sums over the images below each of several folders."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.gallery.catalog.table import Table, shown, span
from imgsimd.types import FilePath

BARE = "NOT EXISTS (SELECT 1 FROM embeddings e WHERE e.image_id = i.id AND e.model_id = ?)"
"""Whether image `i` has no vector of a model."""


class RootSums(Table):
    """Reads only. No root lies in another."""

    def sums(
        self,
        roots: Sequence[FilePath],
        columns: Sequence[str],
        source: str,
        values: Sequence[object],
    ) -> list[Sequence[int]]:
        """For each root the sums of these columns over the images `i` below it. The source ends
        with a condition; the values are those of the columns."""
        if not roots:
            return []
        spans = [bound for root in roots for bound in span(root)]
        cases = " ".join(f"WHEN i.path > ? AND i.path < ? THEN {n}" for n in range(len(roots)))
        inner = ", ".join(f"{column} AS c{n}" for n, column in enumerate(columns))
        outer = ", ".join(f"sum(c{n})" for n in range(len(columns)))
        within, bounds = shown(roots)
        sql = f"""SELECT root, {outer} FROM
            (SELECT CASE {cases} END AS root, {inner} {source} AND {within}) GROUP BY root"""
        found = {row[0]: row[1:] for row in self._db.execute(sql, [*spans, *values, *bounds])}
        return [found.get(n, [0] * len(columns)) for n in range(len(roots))]
