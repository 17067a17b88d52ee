"""Has the kernel refuse a process every file, TCP port and foreign process (landlock(7)).

A ruleset names what is forbidden, its rules make exceptions: this one has none. What is open
already stays open.
"""

from __future__ import annotations

import ctypes
import os

_syscall = ctypes.CDLL(None).syscall
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
"""System calls, the same on every machine."""
_ASK_VERSION = 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many kinds of access to files a version knows, from the one named on: executing, reading,
writing, making, removing; renaming elsewhere; truncating; ioctl on devices."""
_TCP_SINCE, _TCP = 4, 0b11
"""Listening and connecting."""
_SCOPES_SINCE, _SCOPES = 6, 0b11
"""Abstract Unix sockets and signals, of processes outside."""


class _Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`: an older kernel takes it if what it does not know is 0."""

    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


def forbid_all() -> int:
    """Forbids this thread, and those that it starts from now on, all that the kernel can forbid.

    Returns the version of Landlock that does so, 0 where there is none. The thread must have given
    up new privileges before.
    """
    known = version()
    if known == 0:
        return 0
    attributes = _ruleset(known)
    size = ctypes.sizeof(attributes)
    ruleset = int(_syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0))
    refused = _syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return 0 if refused else known


def version() -> int:
    """Which version of Landlock the kernel has, 0 where it has none, or it is off."""
    return max(0, int(_syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)))


def _ruleset(version: int) -> _Ruleset:
    rights = _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)]
    network = _TCP if version >= _TCP_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    return _Ruleset((1 << rights) - 1, network, scopes)
