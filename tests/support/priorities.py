"""The priority of a thread, as the kernel sees it."""

from __future__ import annotations

import ctypes
import os
import platform
from typing import NamedTuple

_IOPRIO_GET = {"x86_64": 252, "aarch64": 31, "riscv64": 31}


class Priority(NamedTuple):
    """Of one thread."""

    nice: int
    policy: int
    disk_class: int
    """0 (none), 2 (best effort) or 3 (idle)."""


LOWEST = Priority(19, os.SCHED_IDLE, 3)


def priority(thread: int) -> Priority:
    """That of the thread with this id; 0 is the caller's."""
    libc = ctypes.CDLL(None, use_errno=True)
    disk = libc.syscall(_IOPRIO_GET[platform.machine()], 1, thread)
    return Priority(
        os.getpriority(os.PRIO_PROCESS, thread), os.sched_getscheduler(thread), disk >> 13
    )
