"""What the daemon settles with the system about its own process."""

from __future__ import annotations

import ctypes
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imgsimd.errors import AlreadyRunningError, ConfigError
from imgsimd.places import Places

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


@contextmanager
def sole_owner(where: Places) -> Iterator[None]:
    """Holds the state directory: two daemons would each undo what the other does.

    Raises AlreadyRunningError, with the other's process id, or ConfigError.
    """
    try:
        where.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(where.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"The state directory {where.state} cannot be used: {error.strerror}. Choose another "
            f"as `state_dir` in {where.config} or in IMGSIMD_STATE_DIR."
        ) from error
    try:
        _take(lock, where)
        yield
    finally:
        os.close(lock)


def _take(lock: int, where: Places) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "?"
        raise AlreadyRunningError(
            f"Another imgsimd (process {pid}) uses {where.state}. `imgsimctl status` shows it, "
            "`imgsimctl down` stops it."
        ) from error
    with suppress(OSError):  # for people only: a full disk is no reason not to start
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)


def resident_bytes() -> int:
    """Memory that this process has now."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
