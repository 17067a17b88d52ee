"""Precision at 10, asked as a user asks, beside what plain numpy makes of the stored vectors.

    python -m tests.benchmarks.precision FOLDER...

FOLDER/CLASS/FILE.jpg: two pictures of one class count as alike. The share of the ten nearest that
have the query's class, once through `imgsimctl similar --json` and once by brute force over the
vectors in the database, which must agree.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from tests.benchmarks.neighbours import K, nearest, precision
from tests.support.household import Household, until


def label(path: str) -> str:
    return os.path.basename(os.path.dirname(path))


def by_asking(home: Household, paths: list[str]) -> float:
    """Every picture, one `imgsimctl similar` each."""

    def share(path: str) -> float:
        result = home.ctl("similar", path, "-k", str(K), "--json")
        matches = json.loads(result.stdout)["matches"]
        return sum(label(match["path"]) == label(path) for match in matches) / K

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return float(np.mean(list(pool.map(share, paths))))


def by_numpy(database: Path) -> tuple[float, list[str]]:
    """The same from the stored vectors; and the paths."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            """SELECT i.path, e.vector FROM embeddings e JOIN images i ON i.id = e.image_id
            JOIN models m ON m.id = e.model_id WHERE m.serving ORDER BY i.id"""
        ).fetchall()
    paths = [os.fsdecode(path) for path, _ in rows]
    labels = np.array([label(path) for path in paths])
    vectors = np.stack([np.frombuffer(vector, "<f4") for _, vector in rows]).astype(np.float64)
    return precision(nearest(vectors), labels), paths


def measure(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        home.config.write_text(f'roots = ["{folder.resolve()}"]')
        home.start()
        try:
            until(lambda: home.status()["state"] == "idle", 3600)
            numpy, paths = by_numpy(home.state / "gallery.db")
            asked = by_asking(home, paths)
        finally:
            home.close()
    print(f"{folder.name:20} {len(paths):6} pictures   asked {asked:.4f}   numpy {numpy:.4f}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        measure(Path(argument))
