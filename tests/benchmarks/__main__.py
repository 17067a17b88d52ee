"""The whole table, and the plot of growth."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import (
    asking,
    browsing,
    crowd,
    duplicates,
    filters,
    following,
    formats,
    growth,
    indexing,
    linear,
    peers,
    resting,
    searching,
    table,
    verifying,
    vgg16,
)
from tests.benchmarks.growth import Size
from tests.benchmarks.table import Row


def rows(photos: Path | None, sizes: list[Size]) -> Iterator[Row]:
    """Everything; `sizes` gets what the plot shows."""
    yield from indexing.rows()
    yield from formats.rows()
    yield from vgg16.rows(photos)
    yield from asking.rows()
    yield from verifying.rows()
    yield from searching.rows()
    yield from filters.rows()
    yield from browsing.rows()
    yield from crowd.rows()
    yield from duplicates.rows_of_many()
    yield from following.rows()
    yield from linear.rows()
    yield from resting.rows()
    yield from peers.rows()
    for size in growth.measure_all():
        sizes.append(size)
        yield from growth.rows([size])


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("photos", nargs="?", type=Path, help="FOLDER/CLASS/*.jpg, for vgg16")
    parser.add_argument("--plot", type=Path, help="an SVG file to draw (needs matplotlib)")
    arguments = parser.parse_args()
    sizes: list[Size] = []
    table.show(rows(arguments.photos, sizes))
    if arguments.plot:
        from tests.benchmarks import plot  # what it needs is not installed everywhere

        plot.draw(sizes, arguments.plot)


if __name__ == "__main__":
    main()
