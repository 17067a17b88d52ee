"""The table that all benchmarks fill: what was measured, and beside it what could be at best."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """A measurement."""

    what: str
    reached: str
    beside: str
    """The physical limit, or the rival, measured in the same run; empty where there is none."""
    ratio: float | None = None
    """Of the two."""
    goal: str = ""
    """What we want the ratio, or what is reached, to be."""


def show(rows: Iterable[Row]) -> None:
    """Prints each row, in Markdown, as soon as it is there."""
    print(f"{machine()}\n\n| what | reached | limit or rival | ratio | goal |")
    print("|---|---|---|---|---|", flush=True)
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
        print(f"| {row.what} | {row.reached} | {row.beside} | {ratio} | {row.goal} |", flush=True)


def machine() -> str:
    """What ran it."""
    with open("/proc/cpuinfo") as cpuinfo:
        model = re.search("model name\t: (.*)", cpuinfo.read())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    name = model[1] if model else platform.machine()
    return f"{len(os.sched_getaffinity(0))} cores of {name}, {memory:.0f} GiB, Linux"
