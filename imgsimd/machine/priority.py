"""Idle priority: such work gets of processor and disk only what no other program needs.

A thread needs no privilege to lower its priority, but would need one to raise it again: what may
become urgent needs another process or thread.
"""

from __future__ import annotations

import ctypes
import os
import platform
from contextlib import suppress
from pathlib import Path

LOWEST_NICE = 19
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "riscv64": 30}
"""Number of the system call, for which the C library has no function."""
_IOPRIO_WHO_PROCESS = 1
_IOPRIO_IDLE = 3 << 13
"""IOPRIO_CLASS_IDLE of linux/ioprio.h. Schedulers for disks that seek obey it; others ignore it."""
_AUTOGROUP = Path("/proc/self/autogroup")


def lower() -> None:
    """Lowers this thread to the least priority for processor and disk, and with it all threads and
    processes that it starts from now on. What the system refuses stays as it was."""
    with suppress(OSError):  # the nice value counts, too: /proc/stat tells such work apart by it
        os.setpriority(os.PRIO_PROCESS, 0, LOWEST_NICE)
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    number = _IOPRIO_SET.get(platform.machine())
    if number is not None:
        ctypes.CDLL(None, use_errno=True).syscall(number, _IOPRIO_WHO_PROCESS, 0, _IOPRIO_IDLE)


def lower_session() -> None:
    """As `lower`, for the first thread of a process that has a session of its own.

    Outside of control groups, kernels for desktops share the processor among sessions, and the
    priority of a process counts only within its own (CONFIG_SCHED_AUTOGROUP, sched(7)).
    """
    lower()
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            _AUTOGROUP.write_text(str(LOWEST_NICE))
