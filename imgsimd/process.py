"""Settings of the daemon's own process: memory and standard streams."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""From malloc.h."""
LARGE = 2**18
"""Bytes."""


def return_freed_memory() -> None:
    """Makes the GNU C library give large blocks back at once, and use one arena for all threads.

    Otherwise it keeps freed memory for later: 25 MB after loading 100,000 vectors.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_ARENA_MAX, 1)


def give_back_freed_memory() -> None:
    """Has the GNU C library give back what was freed in small blocks, between others that are in
    use; a millisecond."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def fill_standard_streams() -> None:
    """Opens /dev/null for each standard stream that was closed when the process started.

    Otherwise the next file to be opened, such as the database, would get its number, and whatever a
    library prints would be written into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free
            os.set_inheritable(number, True)


def resident_bytes() -> int:
    """How much memory this process uses now."""
    return _resident_bytes(os.getpid())


def resident_bytes_of_children() -> int:
    """How much memory the child processes use now."""
    return sum(map(_resident_bytes, _children()))


def _children() -> list[int]:
    found: list[int] = []
    for task in os.listdir("/proc/self/task"):
        with suppress(OSError), open(f"/proc/self/task/{task}/children") as children:
            found += map(int, children.read().split())
    return found


def _resident_bytes(pid: int) -> int:
    """0 if it has just ended."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
