"""When the next health check and the next scan are due. Pure: the caller passes the time in.

All times are in seconds.
"""

from __future__ import annotations

from enum import Enum

SUSPENDED_SECONDS = 2.0
"""The least difference between the clocks that counts: they are not read at the same instant."""


class Sweep(Enum):
    """What to scan in addition to what the check finds."""

    NOTHING = "nothing"
    POLLED = "the roots where the kernel does not report every change"
    EVERYTHING = "all roots"


class Schedule:
    """Plans the health checks and the regular scans."""

    def __init__(self, health: float, poll: float, rescan: float) -> None:
        """All in seconds; see `config.Watching`."""
        self._health, self._poll, self._rescan = health, poll, rescan
        self._next_poll = self._next_rescan = 0.0
        self._asleep: float | None = None
        self.next_check = 0.0
        """In monotonic time; 0 means at once."""

    def check(self, monotonic: float, boottime: float) -> Sweep:
        """Notes that a check begins now; says what to scan.

        `boottime` goes on while the machine is suspended, `monotonic` does not. After a suspension
        everything is scanned: no event reports what others have changed meanwhile, on a network
        disk or with a disk in another machine."""
        self.next_check = monotonic + self._health
        asleep, before = boottime - monotonic, self._asleep
        self._asleep = asleep
        has_slept = before is not None and asleep - before > SUSPENDED_SECONDS
        if has_slept or monotonic >= self._next_rescan:
            self._next_rescan = monotonic + self._rescan
            self._next_poll = monotonic + self._poll
            return Sweep.EVERYTHING
        if monotonic >= self._next_poll:
            self._next_poll = monotonic + self._poll
            return Sweep.POLLED
        return Sweep.NOTHING
