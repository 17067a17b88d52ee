"""Has the kernel refuse a process every file, TCP port and foreign process (landlock(7)).

A ruleset names what is forbidden, its rules make exceptions: a worker's has none. What is open
already stays open.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

_syscall = ctypes.CDLL(None).syscall
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls, the same on every machine."""
_ASK_VERSION = 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many kinds of access to files a version knows, from the one named on: executing, reading,
writing, making, removing; renaming elsewhere; truncating; ioctl on devices."""
_PATH_BENEATH = 1
_READING_A_FILE, _WRITING_A_FILE, _READING = 0b101, 0b10, 0b1101
"""Bits of the kinds: executing and reading; writing; executing, reading, and listing folders."""
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


class _Rule(ctypes.Structure):
    """`struct landlock_path_beneath_attr`."""

    _pack_ = 1
    _fields_ = (("files", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def forbid_all(readable: Iterable[str] = (), writable: Iterable[str] = ()) -> int:
    """Forbids this thread, and those that it starts from now on, all that the kernel can forbid.

    What is at or below the paths in `readable` can still be read and executed, what is at or below
    those in `writable` also changed; a path that is not there does not count. Returns the version
    of Landlock that does so, 0 where there is none. The thread must have given up new privileges
    before.
    """
    known = version()
    if known == 0:
        return 0
    attributes = _ruleset(known)
    size = ctypes.sizeof(attributes)
    ruleset = int(_syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0))
    for path in readable:
        _allow(ruleset, path, _READING, _READING_A_FILE)
    for path in writable:
        _allow(ruleset, path, attributes.files, _READING_A_FILE | _WRITING_A_FILE)
    refused = _syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return 0 if refused else known


def version() -> int:
    """Which version of Landlock the kernel has, 0 where it has none, or it is off."""
    return max(0, int(_syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)))


def _allow(ruleset: int, path: str, in_folder: int, of_file: int) -> None:
    """Makes an exception: these rights below a folder, or those for a file."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rights = in_folder if os.path.isdir(path) else of_file
    rule = _Rule(rights, descriptor)
    _syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(descriptor)


def _ruleset(version: int) -> _Ruleset:
    rights = _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)]
    network = _TCP if version >= _TCP_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    return _Ruleset((1 << rights) - 1, network, scopes)
