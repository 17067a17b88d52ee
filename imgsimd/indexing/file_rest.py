"""Whether a file has come to rest, or may still be written."""

from __future__ import annotations

import errno
import fcntl
import signal
from contextlib import suppress

from imgsimd.types import FileState
from imgsimd.watching import mounts

REST_SECONDS = 3.0
"""A file that was written within so many seconds is not at rest."""


def is_young(state: FileState, now: float, seconds: float = REST_SECONDS) -> bool:
    """Whether the file was changed within the last `seconds`; `now` in seconds since 1970. Times in
    the future say nothing."""
    ages = (now - state.mtime_ns / 1e9, now - state.ctime_ns / 1e9)
    return any(0 <= age < seconds for age in ages)


def has_writer(descriptor: int) -> bool:
    """Whether any process has the file open for writing; the descriptor is read-only.

    The kernel grants no read lease then (fcntl(2)). Where it grants none at all, which is so on
    network disks and for files of others, nobody is seen.
    """
    try:
        # Who opens the file for writing meanwhile waits until the lease is given back, and we get a
        # signal. SIGIO, the usual one, would end the process; SIGURG is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN and _grants_leases(descriptor)
    finally:
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _grants_leases(descriptor: int) -> bool:
    mount = mounts.of(descriptor)
    return mount is None or mount.grants_leases
