"""Lock files (flock(2)): each stands for something that only one process may use at a time."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from imgsimd.closing import Closing

PROBE_SECONDS = 0.5
"""How long a lock is tried for by default, since `holder` takes it for an instant."""
RETRY_SECONDS = 0.02
"""Seconds between two tries."""


class HeldError(Exception):
    """Another process has the lock. `pid` is None if it has not written its own."""

    def __init__(self, pid: int | None) -> None:
        super().__init__()
        self.pid = pid


class Lock(Closing):
    """A lock file that this process holds. The file contains the process id."""

    def __init__(self, file: Path, descriptor: int) -> None:
        self.file = file
        self._descriptor = descriptor
        status = os.fstat(descriptor)
        self._identity = status.st_dev, status.st_ino

    def is_in_place(self) -> bool:
        """Whether the file is still there. If it was removed or replaced, another process can lock
        the new one. Raises OSError if that cannot be found out, as on a failing disk."""
        try:
            status = os.lstat(self.file)
        except (FileNotFoundError, NotADirectoryError):
            return False
        is_same = (status.st_dev, status.st_ino) == self._identity
        # Some file systems change these numbers while the file is open.
        return is_same or holder(self.file) == os.getpid()

    def sign(self) -> None:
        """Writes our process id into the file."""
        with suppress(OSError):  # only people read it, so a full disk does not matter
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)

    def close(self) -> None:
        """Releases the lock. The file stays."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Releases the lock and removes the file. A process that waits for it makes a new one."""
        with suppress(OSError):
            os.unlink(self.file)
        self.close()


def take(file: Path, patience: float = PROBE_SECONDS) -> Lock:
    """Locks the file, which is created if necessary.

    Raises HeldError if another process still has it after `patience` seconds, OSError if the file
    cannot be used.
    """
    end = time.monotonic() + patience
    while (lock := _try(file, end)) is None:
        time.sleep(RETRY_SECONDS)
    lock.sign()
    return lock


def holder(file: Path) -> int | None:
    """The process that has the lock; 0 if it has not written its id; None if nobody has it."""
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
    """The lock, or None if it should be tried again. Raises HeldError after `end` (monotonic)."""
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
