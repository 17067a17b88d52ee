"""How long things take."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(action: Callable[[], object]) -> float:
    """Of wall time, once."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median_ms(action: Callable[[], object], runs: int = 15) -> float:
    """Milliseconds of wall time; the first time, which is slower, does not count."""
    action()
    return statistics.median(seconds(action) for _ in range(runs)) * 1000
