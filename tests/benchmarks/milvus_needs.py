"""What Milvus needs for a gallery of each size, by what it documents (`sizing.py`)."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator

from imgsimd.milvus.messages import MOST_HITS
from imgsimd.shared_ids import LAST_HOST
from imgsimd.vectors import StoredAs
from tests.benchmarks import sizing
from tests.benchmarks.costing import Costs
from tests.benchmarks.size_tables import CORES, SIZES, per_size, with_assumptions
from tests.benchmarks.sizing import lasting, shown

GIGABIT = 125_000_000
"""Bytes a second."""
HITS = (10, 200)
"""Matches of a plain question, and of one whose order is improved."""


def tables(costs: Costs) -> Iterator[str]:
    """Vectors, memory and disk, questions, network, limits."""
    yield from _vectors(costs)
    yield from _memory(costs)
    yield from _questions(costs)
    yield from _network(costs)
    yield from _limits(costs)


def _vectors(costs: Costs) -> Iterator[str]:
    yield from per_size(
        ["as float32", "as half precision", "as int8"],
        lambda photos: [shown(photos * size) for size in _sizes(costs)],
        f"{costs.dimension} numbers a vector, without any index.",
        "Half precision holds int8 codes exactly: it loses nothing of them.",
    )


def _sizes(costs: Costs) -> list[int]:
    """Bytes of a vector as float32, half and int8."""
    return [sizing.vector_bytes(costs.dimension, number) for number in sizing.NUMBER_BYTES]


def _memory(costs: Costs) -> Iterator[str]:
    def memory(of_index: Callable[[int, int], float], photos: int) -> list[str]:
        found = [of_index(photos, vector) for vector in _sizes(costs)]
        return [f"{shown(each)} ({sizing.nodes(each, CORES):,})" for each in found]

    rows = []
    for photos in SIZES:
        rows.append([f"{photos:,}", "FLAT", *memory(sizing.flat_memory, photos), ""])
        rows.append(["", "HNSW", *memory(sizing.hnsw_memory, photos), ""])
        disks = [shown(sizing.diskann_disk(photos, vector)) for vector in _sizes(costs)[:2]]
        both = memory(sizing.diskann_memory, photos)[:2]
        rows.append(["", "DISKANN", *both, "", " / ".join(disks)])
    yield from with_assumptions(
        ["photos", "index", "as float32", "as half precision", "as int8", "NVMe"], rows,
        f"Memory of all query nodes, and in brackets how many these are with {CORES} cores and "
        f"{shown(CORES * sizing.BYTES_PER_CORE)} each; {1 - sizing.LOADABLE:.0%} of it stays free.",
        f"HNSW with M = {sizing.HNSW_M}, as imgsimd asks for it; DISKANN with Milvus's defaults: "
        f"{sizing.DISKANN_DEGREE} neighbours, codes of {sizing.DISKANN_CODES:.1%} and a cache of "
        f"{sizing.DISKANN_CACHE:.0%} of the vectors.",
        "imgsimd sends vectors as float32; the other two would need a change of its collections.",
        "One replica; paths and other fields, about "
        f"{sizing.ROW_BYTES} bytes a photo, come to that unless they are mapped (mmap).",
        "Milvus documents int8 vectors for HNSW everywhere, for FLAT only in places, and we do not "
        "assume them for DISKANN.",
        "NVMe as float32 / half precision: DiskANN cuts no vector at the end of a sector.",
    )  # fmt: skip


def _questions(costs: Costs) -> Iterator[str]:
    cores = len(os.sched_getaffinity(0))
    forms: tuple[StoredAs, ...] = ("float32", "int8")

    def row(photos: int) -> list[str]:
        seconds = [costs.indexes[form].question.each * photos for form in forms]
        here = " / ".join(lasting(each / cores) for each in seconds)
        one = " / ".join(f"{math.ceil(each):,}" for each in seconds)
        at_nodes = []
        for each, form in zip(seconds, forms, strict=True):
            vector = sizing.vector_bytes(costs.dimension, form)
            nodes = sizing.nodes(sizing.flat_memory(photos, vector), CORES)
            at_nodes.append(lasting(each / (nodes * CORES)))
        float32 = sizing.vector_bytes(costs.dimension, "float32")
        compared = sizing.hnsw_compared(photos, float32, HITS[1])
        return [here, one, " / ".join(at_nodes), f"{compared / photos:.1%}"]

    yield from per_size(
        [
            f"exact, on {cores} cores", "cores for a second", "on the nodes of FLAT's memory",
            "HNSW compares at most",
        ], row,
        "float32 / int8.", "An exact question is linear in the photos, and divided by the cores; "
        "that Milvus's FLAT is as fast as our own index, and that cores do not wait for each "
        "other's memory, is the best case.",
        f"HNSW: each segment of {shown(sizing.SEGMENT_BYTES)} has a graph of its own, in which a "
        f"question for {HITS[1]} looks at {HITS[1]} x {2 * sizing.HNSW_M} neighbours at most.",
    )  # fmt: skip


def _network(costs: Costs) -> Iterator[str]:
    vector = sizing.vector_bytes(costs.dimension, "float32")
    rows = []
    for photos in (1000, *SIZES):
        pushed = sizing.push_bytes(photos, vector)
        requests = -(-pushed // sizing.REQUEST_BYTES)
        rows.append([
            f"push {photos:,} photos", shown(pushed), f"{requests:,}", lasting(pushed / GIGABIT)
        ])  # fmt: skip
    for hits in (*HITS, sizing.most_hits(vector)):
        size = vector + sizing.answer_bytes(hits, vector)
        rows.append([f"a question for {hits:,}", shown(size), "1", lasting(size / GIGABIT)])
    yield from with_assumptions(
        ["what", "bytes", "requests", "at 1 Gbit/s"], rows,
        "Vectors travel as float32 in both directions: matches bring theirs along, to be compared "
        "anew.", "Half precision would halve all of this.",
    )  # fmt: skip


def _limits(costs: Costs) -> Iterator[str]:
    wide = sizing.vector_bytes(costs.dimension, "float32")
    rows = [
        ["matches of a question", f"{MOST_HITS:,}",
         f"{sizing.most_hits(wide):,} with their vectors as float32"],
        ["bytes of a request", shown(sizing.REQUEST_BYTES),
         f"{sizing.REQUEST_BYTES // (wide + sizing.ROW_BYTES):,} photos"],
        ["partitions of a collection", f"{sizing.PARTITIONS:,}",
         "fewer than hosts may be: a partition key, no partition for each host"],
        ["collections", f"{sizing.COLLECTIONS:,}", "one for each model, and two more"],
        ["memory that data may take", f"{sizing.LOADABLE:.0%}", "of all query nodes"],
        ["machines that share a collection", f"{LAST_HOST:,}", "imgsimd's own limit"],
    ]  # fmt: skip
    yield from with_assumptions(["limit", "at most", "so"], rows, "By Milvus's documentation.")
