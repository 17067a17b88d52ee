"""What the daemon settles with the system about its own process."""

from __future__ import annotations

import ctypes
import os

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""From malloc.h."""
LARGE = 2**18
"""Bytes."""


def return_freed_memory() -> None:
    """Has the GNU C library give large blocks back at once, and use one arena for all threads.

    Otherwise it keeps what was freed for later: 25 MB after 100,000 vectors were loaded.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_ARENA_MAX, 1)


def fill_standard_streams() -> None:
    """Puts /dev/null where whoever started us has closed a standard stream.

    Otherwise the next file that is opened would take its number, the database for one, and what
    any library prints would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free
            os.set_inheritable(number, True)


def resident_bytes() -> int:
    """Memory that this process has now."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
