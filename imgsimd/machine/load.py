"""Whether others need the machine so much that work which can wait should wait.

Each limit has a lower one at which work goes on, so that it does not begin and end all the time.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from imgsimd.machine.pressure import Pressure, Stall
from imgsimd.machine.processor_use import ProcessorUse

Need: TypeAlias = Literal["processor", "memory", "disk"]
"""What others need."""
MOST_USED, LEAST_USED = 0.65, 0.55
"""Shares of the processors that others use: one program with one thread leaves half of two cores
free, which is enough to go on."""
SOME_WAIT = 0.1
"""Share of the time in which somebody must wait for a processor: where nobody does, there are
enough for all."""
MUCH_STALLED, LITTLE_STALLED = 0.05, 0.01
"""Shares of the time in which everything stands still because memory is short."""
MUCH_DISK, LITTLE_DISK = 0.4, 0.2
"""Shares of the time in which somebody waits for a disk."""
SETTLE_SECONDS, WATCH_SECONDS = 3.0, 3.0
"""Of a probe, to find out whose disk accesses they are: until our own are over, and to watch."""
OWN_SECONDS = 120.0
"""So long they are taken for our own after a probe has found them to be that."""


class Load:
    """What others need of the machine. Looks when it is asked, and keeps no clock of its own."""

    def __init__(self, pressure: Pressure, processor_use: ProcessorUse) -> None:
        self._pressure = pressure
        self._processor_use = processor_use
        self._is_processor_needed = False
        self._is_memory_needed = False
        self._disk = _Disk()

    @property
    def is_probing(self) -> bool:
        """Whether work should stop for some seconds, to find out whether others need the disk."""
        return self._disk.is_probing

    def look(self, used: float, now: float) -> Need | None:
        """What others need so much that work should wait. `used` is as in `ProcessorUse.others`;
        `now` is in seconds, and never less than before. Reads some small files."""
        if self._needs_processor(used, now):
            return "processor"
        if self._needs_memory():
            return "memory"
        return "disk" if self._disk.is_needed(self._pressure.of("io"), now) else None

    def forget(self) -> None:
        """There is no work: what was found out is soon out of date."""
        self._is_processor_needed = self._is_memory_needed = False
        self._disk = _Disk()

    def _needs_processor(self, used: float, now: float) -> bool:
        others = self._processor_use.others(used, now)
        if others is not None:
            limit = LEAST_USED if self._is_processor_needed else MOST_USED
            self._is_processor_needed = others >= limit and (
                self._is_processor_needed or self._is_processor_waited_for()
            )
        return self._is_processor_needed

    def _is_processor_waited_for(self) -> bool:
        stall = self._pressure.of("cpu")
        return stall is None or stall.some >= SOME_WAIT

    def _needs_memory(self) -> bool:
        stall = self._pressure.of("memory")
        limit = LITTLE_STALLED if self._is_memory_needed else MUCH_STALLED
        self._is_memory_needed = stall is not None and stall.full >= limit
        return self._is_memory_needed


class _Disk:
    """Whether others need the disk. The kernel does not tell whose accesses somebody waits for, so
    work stops for some seconds, and what is waited for then is not ours."""

    def __init__(self) -> None:
        self._is_needed = False
        self._probing_since: float | None = None
        self._watched: tuple[float, float] | None = None
        self._is_own_until = float("-inf")

    @property
    def is_probing(self) -> bool:
        return self._probing_since is not None

    def is_needed(self, stall: Stall | None, now: float) -> bool:
        """Notes what the kernel says now."""
        if stall is None:
            self._is_needed, self._probing_since = False, None
        elif self._is_needed:
            self._is_needed = stall.some >= LITTLE_DISK
        elif self._probing_since is not None:
            self._watch(stall, now, self._probing_since)
        elif stall.some >= MUCH_DISK and now >= self._is_own_until:
            self._probing_since = now
        return self._is_needed

    def _watch(self, stall: Stall, now: float, since: float) -> None:
        if self._watched is None:
            if now - since >= SETTLE_SECONDS:
                self._watched = (now, stall.total)
            return
        start, total = self._watched
        if now - start >= WATCH_SECONDS:
            self._is_needed = stall.total - total >= MUCH_DISK * (now - start)
            self._probing_since = self._watched = None
            self._is_own_until = now if self._is_needed else now + OWN_SECONDS
