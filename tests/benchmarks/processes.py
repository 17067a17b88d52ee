"""What a process uses, as /proc tells it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A running process; raises FileNotFoundError or ProcessLookupError once it is gone."""

    pid: int

    @property
    def resident(self) -> int:
        """Bytes of memory."""
        pages = (self._folder / "statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu_seconds(self) -> float:
        """Of all its threads, without its children."""
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def wake_ups(self) -> int:
        """How often one of its threads gave the core up of its own accord: each time it waited,
        it was woken."""
        return sum(
            int(line.split()[1])
            for task in (self._folder / "task").iterdir()
            for line in (task / "status").read_text().splitlines()
            if line.startswith("voluntary_ctxt_switches")
        )

    @property
    def files(self) -> int:
        """Open file descriptors."""
        return len(os.listdir(self._folder / "fd"))

    @property
    def threads(self) -> int:
        return len(os.listdir(self._folder / "task"))

    def children(self) -> Iterator[Process]:
        """Processes that it started and that run now."""
        for child in (self._folder / "task" / str(self.pid) / "children").read_text().split():
            yield Process(int(child))

    @property
    def _folder(self) -> Path:
        return Path("/proc") / str(self.pid)
