"""What 10 million, 100 million and a billion photos need, from what one costs on this machine.

    python -m tests.benchmarks.planning

Measures for some minutes, then prints tables in Markdown, each with what it assumes. What Milvus
needs is reckoned by what it documents (`sizing.py`), and not measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import milvus_needs, sizing, table
from tests.benchmarks.costing import PHOTOS, VECTORS, Costs, measured
from tests.benchmarks.size_tables import CORES, per_size, with_assumptions
from tests.benchmarks.sizing import lasting, shown

DAYS = (1, 7, 30)
LIMITS: dict[str, float] = {"start": 45, "backup": 600, "recovery": 3600}
"""Seconds that we find bearable; every update starts the daemon anew."""
PASSES = {"start": 1, "backup": 2, "recovery": 2}
"""How often the file is read or written."""


def tables(costs: Costs) -> Iterator[str]:
    """Markdown: each table, then its assumptions."""
    yield from _measured(costs)
    yield from _machines(costs)
    yield from milvus_needs.tables(costs)
    yield from _disk(costs)
    yield from _files(costs)


def _measured(costs: Costs) -> Iterator[str]:
    rows = [
        [
            f"embed a picture of {each.name}",
            f"{lasting(each.each)} of a core, so {1 / each.each:.1f}/s and core",
            f"all cores reached {each.reached:.1f}/s, {each.share:.2f} of that",
        ]
        for each in costs.embeddings
    ]  # fmt: skip
    for form, index in costs.indexes.items():
        rows.append([
            f"a question among a million x {costs.dimension} as {form}",
            f"{lasting(index.question.each * 1e6)} of a core",
            f"takes {index.readings:.2f} times as long as reading them once",
        ])  # fmt: skip
        rows.append(["- memory of a vector", shown(index.memory.each), ""])
        rows.append(["- database of a photo", shown(costs.stored[form].each), ""])
    for what, line in costs.file._asdict().items():
        rows.append([
            f"{what} of a gallery with a million photos (int8)", lasting(line.at(1e6)),
            f"{lasting(line.each * 1e6)} for each million more",
        ])  # fmt: skip
    yield from with_assumptions(
        ["what", "measured", "beside"], rows,
        f"Times of questions and memory are slopes between {VECTORS[0]:,} and {VECTORS[1]:,} random"
        f" vectors, those of the database between {PHOTOS[0]:,} and {PHOTOS[1]:,} photos.",
        "A photo's path is short (40 bytes), and its file tells date, camera and place.",
        "All times but those for all cores are CPU seconds, so that other programs hardly count; "
        "waiting for disks is left out.",
    )  # fmt: skip


def _machines(costs: Costs) -> Iterator[str]:
    def row(photos: int) -> list[str]:
        counts = [
            " / ".join(
                f"{sizing.machines(photos, each.each, CORES, days):,}" for each in costs.embeddings
            )
            for days in DAYS
        ]
        return [lasting(photos * costs.embeddings[0].each / CORES), *counts]

    large, small = (each.name for each in costs.embeddings)
    yield from per_size(
        [f"one machine of {CORES} cores", *(f"machines, days: {days}" for days in DAYS)], row,
        f"Pictures of {large} / of {small}; the first column is of {large}.",
        "Every core does nothing else, and is as fast as one here.",
        "Reading files over a network is not counted.",
    )  # fmt: skip


def _disk(costs: Costs) -> Iterator[str]:
    yield from per_size(
        ["databases, int8", "databases, float32", "rows and vectors in Milvus", "thumbnails there"],
        lambda photos: [
            shown(costs.stored["int8"].each * photos),
            shown(costs.stored["float32"].each * photos),
            shown(sizing.push_bytes(photos, sizing.vector_bytes(costs.dimension, "float32"))),
            shown(sizing.thumbnail_bytes(photos)),
        ],
        "Of all machines together: each has its share of the photos, and so of the databases.",
        "Milvus keeps rows and vectors in its object storage as float32, uncompressed, once; its "
        "indexes come to that.",
        f"A thumbnail has {shown(sizing.THUMBNAIL_BYTES)}, and is text there (base64). Query nodes "
        "have all of them in memory, too, unless scalar fields are mapped (mmap).",
    )


def _files(costs: Costs) -> Iterator[str]:
    stored = costs.stored["int8"]
    lines = {
        what: line.on_disk(stored.each, PASSES[what]) for what, line in costs.file._asdict().items()
    }
    reached = {what: lines[what].reaches(most) for what, most in LIMITS.items()}
    most = sizing.round_figure(min(reached.values()))
    rows = [
        [
            f"{what} takes {lasting(LIMITS[what])}", f"{photos:,.0f}",
            shown(stored.at(photos)),
        ]
        for what, photos in reached.items()
    ]  # fmt: skip
    yield from with_assumptions(
        ["one SQLite file, where", "photos", "file"], rows,
        f"So one daemon should have at most {most:,} photos "
        f"({shown(costs.stored['int8'].at(most))}, started in "
        f"{lasting(lines['start'].at(most))}); more need more daemons, each with a part of the "
        "folders, and one collection that they share.",
        f"A disk reads and writes {shown(sizing.DISK)} a second; times add up, nothing overlaps.",
    )  # fmt: skip
    yield from per_size(
        [f"daemons of at most {most:,}", "database of each"],
        lambda photos: [
            f"{-(-photos // most):,}",
            shown(stored.at(photos / -(-photos // most))),
        ],
        "All daemons have as many photos.",
    )


def _load() -> str:
    """What runs on the machine, of which this program is one."""
    one, _, _, threads, _ = Path("/proc/loadavg").read_text().split()
    return f"load {one} in the last minute, {threads.split('/')[0]} threads running"


def main() -> None:
    print(f"{table.machine()}\n\nAt the start: {_load()}.", flush=True)
    costs = measured()
    print(f"At the end: {_load()}.")
    for line in tables(costs):
        print(line)


if __name__ == "__main__":
    main()
