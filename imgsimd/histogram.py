"""How long something took, each time: counted in ranges, which costs a microsecond."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the default of Prometheus's clients."""


class Histogram:
    """Counts durations by the smallest bound that they do not exceed."""

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        """The bounds are in seconds, and ascend."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """One for each bound, and at the end one for what is longer. A duration is in one."""
        self.sum = 0.0
        """Of all durations, in seconds."""

    def add(self, seconds: float) -> None:
        """Counts a duration."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Counts how long the block takes, unless it raises."""
        began = time.perf_counter()
        yield
        self.add(time.perf_counter() - began)
