"""The whole table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import (
    asking,
    crowd,
    following,
    growth,
    indexing,
    peers,
    resting,
    searching,
    table,
    vgg16,
)
from tests.benchmarks.table import Row


def rows(photos: Path | None) -> Iterator[Row]:
    yield from indexing.rows()
    yield from vgg16.rows(photos)
    yield from asking.rows()
    yield from searching.rows()
    yield from crowd.rows()
    yield from following.rows()
    yield from resting.rows()
    yield from peers.rows()
    yield from growth.rows(growth.measure_all())


if __name__ == "__main__":
    table.show(rows(Path(sys.argv[1]) if sys.argv[1:] else None))
