"""Files that stand for something which only one process may use at a time (flock(2))."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from imgsimd.closing import Closing

PROBE_SECONDS = 0.5
"""How long a lock is tried for at least: `holder` has it for an instant."""
RETRY_SECONDS = 0.02
"""Seconds between two tries."""


class HeldError(Exception):
    """Another process has the lock: `pid`, or None where it has not written that."""

    def __init__(self, pid: int | None) -> None:
        super().__init__()
        self.pid = pid


class Lock(Closing):
    """A lock file that this process holds. The file says which process that is."""

    def __init__(self, file: Path, descriptor: int) -> None:
        self.file = file
        self._descriptor = descriptor
        status = os.fstat(descriptor)
        self._identity = status.st_dev, status.st_ino

    def is_in_place(self) -> bool:
        """Whether the file is still there. If it was removed or replaced, another process can lock
        the new one. Raises OSError where that cannot be known, as on a disk that fails."""
        try:
            status = os.lstat(self.file)
        except (FileNotFoundError, NotADirectoryError):
            return False
        is_same = (status.st_dev, status.st_ino) == self._identity
        # Some file systems change these numbers of the same file.
        return is_same or holder(self.file) == os.getpid()

    def sign(self) -> None:
        """Writes our process id into the file."""
        with suppress(OSError):  # for people only: a full disk is no reason not to go on
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)

    def close(self) -> None:
        """Lets others have the lock. The file stays."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """As `close`, and the file goes, too: who waits for it notices, and makes it anew."""
        with suppress(OSError):
            os.unlink(self.file)
        self.close()


def take(file: Path, patience: float = PROBE_SECONDS) -> Lock:
    """Locks the file, which is made where it is missing.

    Raises HeldError where another process still has it after `patience` seconds, OSError where the
    file cannot be used.
    """
    end = time.monotonic() + patience
    while (lock := _try(file, end)) is None:
        time.sleep(RETRY_SECONDS)
    lock.sign()
    return lock


def holder(file: Path) -> int | None:
    """The process that has the lock, 0 if it did not write which; None where nobody has it."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid(descriptor) or 0
    except OSError:  # no locks on this file system: nobody can have one
        return None
    finally:
        os.close(descriptor)
    return None


def _try(file: Path, end: float) -> Lock | None:
    """The lock; None: not now. Raises HeldError after `end`, in monotonic time."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(file, flags, 0o600)
    with ExitStack() as unless_it_is_ours:
        unless_it_is_ours.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise HeldError(_pid(descriptor)) from None
            return None
        lock = Lock(file, descriptor)
        if not lock.is_in_place():
            return None
        unless_it_is_ours.pop_all()
    return lock


def _pid(descriptor: int) -> int | None:
    """The process id in the file."""
    try:
        return int(os.pread(descriptor, 20, 0))
    except (OSError, ValueError):
        return None
