"""How much time tasks lose to a lack of processor, memory or disk, by /proc/pressure.

See Documentation/accounting/psi.rst of Linux. Kernels before 4.20 do not have it, some have it
built in but turned off (EOPNOTSUPP), and in some containers it cannot be read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

FOLDER = Path("/proc/pressure")
Resource: TypeAlias = Literal["cpu", "memory", "io"]
_LINE = re.compile(r"(some|full) avg10=(\d+\.\d+) avg60=\S+ avg300=\S+ total=(\d+)")


class Stall(NamedTuple):
    """Time in which some task, or every task that had something to do, waited for a resource."""

    some: float
    """Share of the last ten seconds, from 0 to 1."""
    full: float
    """The same; 0 for the processor, before Linux 5.13."""
    total: float
    """Seconds in which some task waited, since the machine was started."""


class Pressure:
    """Asks the kernel."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def of(self, resource: Resource) -> Stall | None:
        """None where nobody knows."""
        try:
            text = (self._folder / resource).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return None
        found = {kind: (float(share) / 100, int(total)) for kind, share, total in _found(text)}
        if "some" not in found:
            return None
        some, microseconds = found["some"]
        return Stall(some, found.get("full", (0.0, 0))[0], microseconds / 1e6)


def _found(text: str) -> list[tuple[str, str, str]]:
    return _LINE.findall(text)
