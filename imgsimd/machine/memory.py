"""How much memory is left: of the machine, and of what a service or container may take."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def available(proc: Path = PROC, cgroups: Path = CGROUPS) -> float:
    """Bytes that this process can take without others having to give any back; infinite where the
    kernel does not tell."""
    return min([_of_machine(proc), *_of_groups(proc, cgroups)])


def _of_machine(proc: Path) -> float:
    with suppress(OSError):
        text = (proc / "meminfo").read_text()
        if found := re.search(r"^MemAvailable: +(\d+) kB$", text, re.MULTILINE):
            return int(found[1]) * 1024
    return math.inf


def _of_groups(proc: Path, cgroups: Path) -> Iterator[float]:
    """Of the control group (cgroups(7), version 2) of this process, and of each one above it. Files
    that are only cached can be dropped."""
    with suppress(OSError):
        path = (proc / "self/cgroup").read_text().strip().rpartition("::/")[2]
        for group in [cgroups / path, *(cgroups / path).parents]:
            if not group.is_relative_to(cgroups):
                return
            with suppress(OSError, ValueError):  # the topmost has no limit, and "max" is none
                most = int((group / "memory.max").read_text())
                used = int((group / "memory.current").read_text())
                stat = (group / "memory.stat").read_text()
                cached = re.search(r"^inactive_file (\d+)$", stat, re.MULTILINE)
                yield most - used + (int(cached[1]) if cached else 0)
