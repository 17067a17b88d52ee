"""When nothing is taken on trust any longer. Pure.

All times are seconds, given by the caller.
"""

from __future__ import annotations

from enum import Enum

SUSPENDED_SECONDS = 2.0
"""Seconds that the clocks must drift apart: the two are not read at the same instant."""


class Sweep(Enum):
    """What to look at besides what the check finds wrong."""

    NOTHING = "nothing"
    POLLED = "the roots of which not every change is told"
    EVERYTHING = "all roots"


class Schedule:
    """Plans the health checks, and the scans that nothing asks for."""

    def __init__(self, health: float, poll: float, rescan: float) -> None:
        """All in seconds; see `config.Watching`."""
        self._health, self._poll, self._rescan = health, poll, rescan
        self._next_poll = self._next_rescan = 0.0
        self._asleep: float | None = None
        self.next_check = 0.0
        """In monotonic time; 0 means at once."""

    def check(self, monotonic: float, boottime: float) -> Sweep:
        """A check begins. `boottime` goes on while the machine is suspended, `monotonic` does not:
        what others changed meanwhile (a network disk, a disk put into another machine) is told by
        nobody."""
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
