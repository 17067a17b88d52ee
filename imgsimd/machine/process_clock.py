"""The time that a process has had a processor."""

from __future__ import annotations

import time

_ALL_ITS_THREADS = 2
"""In the id of a process's clock: CPUCLOCK_SCHED of Linux, see clock_getcpuclockid(3)."""


def seconds_of(process: int) -> float:
    """Seconds of all processors that the process with this id has used; 0 if it has ended."""
    try:
        return time.clock_gettime(~process << 3 | _ALL_ITS_THREADS)
    except OSError:
        return 0.0
