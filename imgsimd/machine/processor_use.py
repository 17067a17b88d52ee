"""How much of the processors other programs use at normal priority, by /proc/stat.

Pressure alone does not tell: our own threads wait, too, when others use the processors, and then
others may not wait at all.
"""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import NamedTuple

FILE = Path("/proc/stat")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
WINDOW_SECONDS = 10.0
"""As long as the shortest average of /proc/pressure."""
LEAST_SECONDS = 3.0
"""That must have been measured: a program that starts uses all for a moment."""


class _Sample(NamedTuple):
    """Seconds of all processors since the machine was started."""

    busy: float
    """With work that is not at idle priority."""
    all: float
    own: float
    """Of ours in `busy`."""


class ProcessorUse:
    """What others use, over the last seconds."""

    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        self._seen: deque[tuple[float, _Sample]] = deque()

    def others(self, used: float, now: float) -> float | None:
        """The share of all processors that others use, from 0 to 1; None while that is unknown.

        `used` says how many seconds of the processors this program has used so far, other than
        with work at idle priority; less than before if a process of it has ended. `now` is in
        seconds, and never less than before."""
        sample = self._sample(used)
        if sample is None:
            return None
        if self._seen and self._seen[-1][0] < now - WINDOW_SECONDS:
            self._seen.clear()  # nobody has looked for a while
        self._seen.append((now, sample))
        while len(self._seen) > 1 and self._seen[1][0] <= now - WINDOW_SECONDS:
            self._seen.popleft()
        since, first = self._seen[0]
        return _share(first, sample) if now - since >= LEAST_SECONDS else None

    def _sample(self, used: float) -> _Sample | None:
        """None where the system does not tell."""
        try:
            name, *columns = self._file.read_text(encoding="ascii").partition("\n")[0].split()
            user, nice, system, idle, iowait, irq, softirq, steal = map(int, columns[:8])
        except (OSError, ValueError):
            return None
        if name != "cpu":
            return None
        busy = user + system + irq + softirq
        every = busy + nice + idle + iowait + steal
        return _Sample(busy / _TICKS_A_SECOND, every / _TICKS_A_SECOND, used)


def _share(before: _Sample, now: _Sample) -> float | None:
    every, own = now.all - before.all, now.own - before.own
    if every <= 0 or own < 0:
        return None
    return max(0.0, (now.busy - before.busy - own) / every)
