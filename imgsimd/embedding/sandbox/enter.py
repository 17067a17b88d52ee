"""Confines a worker once its libraries are loaded: it may read what it is handed, and compute.

Pictures come from anywhere, and decoders have faults. Each lock holds without the others, and a
kernel that lacks one (Landlock came with Linux 5.13) still has the rest.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from imgsimd.embedding.sandbox import landlock, seccomp

PR_SET_NO_NEW_PRIVS = 38
"""From linux/prctl.h."""
_PROGRAMS = ("/usr", "/bin", "/lib", "/lib64", "/etc", "/nix/store", "/proc", "/sys")
"""Where libraries lie, and what they look at, besides the paths of Python."""
_DATA_AT = 5
"""Of /proc/PID/statm: pages that RLIMIT_DATA counts, and stacks."""


def enter(memory: int, system_calls: Iterable[str] = ()) -> list[str]:
    """Confines this process until it ends; it may use so many bytes more than it uses now.

    `system_calls` are allowed besides those that every worker needs.

    Returns which locks the kernel had: "no-new-privileges", "limits", "landlock", "seccomp".
    Threads that run already would stay outside of the last two: there must be no other yet.
    """
    locks = ["no-new-privileges", "limits"]
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _limit({resource.RLIMIT_FSIZE: 0, resource.RLIMIT_DATA: memory})
    if landlock.forbid_all():
        locks.append("landlock")
    if seccomp.allow_only_decoding(system_calls):
        locks.append("seccomp")
    return locks


def confine_to(folder: Path, memory: int) -> bool:
    """Confines this process, and those that it starts, until they end: they may write only below
    the folder, and read there and what programs need; not a user's files. They may connect to
    nothing by TCP, and send no signal to others. Each may use so many bytes more than this one uses
    now.

    Temporary files are made in the folder, too. Returns whether the kernel has Landlock: without
    it, nothing of this holds. Threads that run already would stay outside: there must be none yet.
    """
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _limit({resource.RLIMIT_DATA: memory})
    programs = {*_PROGRAMS, *filter(None, sys.path), sys.prefix, sys.base_prefix}
    return landlock.forbid_all([*programs, "/dev/urandom"], [str(folder), os.devnull]) > 0


def _limit(limits: dict[int, int]) -> None:
    """These limits, of memory beyond what is used now, and no core dumps; and where the machine has
    no memory left, this process goes before the daemon."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    with open("/proc/self/statm") as statm:
        now = int(statm.read().split()[_DATA_AT]) * os.sysconf("SC_PAGE_SIZE")
    for kind, most in {resource.RLIMIT_CORE: 0, **limits}.items():
        most += now if kind == resource.RLIMIT_DATA else 0
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
