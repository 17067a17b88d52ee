"""The limit of every exact search: how fast the cores can read the vectors."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tests.benchmarks.timing import seconds

RUNS = 9


def reading_ms(size: int) -> float:
    """Milliseconds in which all cores together read so many bytes of memory, at best."""
    cores = len(os.sched_getaffinity(0))
    shares = np.array_split(np.ones(size // 8, np.int64), cores)
    with ThreadPoolExecutor(cores) as pool:
        # The largest number of each share: a comparison costs nothing beside the reading.
        return min(seconds(lambda: list(pool.map(np.max, shares))) for _ in range(RUNS)) * 1000
