"""Which user of this machine has made a connection.

The address that `browse` opens is for a moment among the arguments of the browser's process, which
every user of the machine may read (`ps`). So the token is taken only from the user who got it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

ROOT = 0
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LOCAL, _REMOTE, _USER = 1, 2, 7
"""Columns of these tables (proc_net_tcp in the kernel's documentation)."""


def is_ours(caller: tuple[str, int] | None, server: tuple[str, int | None] | None) -> bool:
    """Whether a connection on this machine, between these addresses, was made by this user, by the
    one who became this user with sudo(8), or by root; true where nobody can tell."""
    if caller is None or server is None or server[1] is None:
        return True
    user = _user(caller[1], server[1])
    return user is None or user in {ROOT, os.getuid(), *_before_sudo()}


def _before_sudo() -> Iterator[int]:
    with suppress(KeyError, ValueError):
        yield int(os.environ["SUDO_UID"])


def _user(caller: int, server: int) -> int | None:
    """The user whose socket at port `caller` is connected to port `server`; None if there is
    none."""
    for table in _TABLES:
        with suppress(OSError), open(table, encoding="ascii") as lines:
            next(lines)
            for line in lines:
                columns = line.split()
                if (_port(columns[_LOCAL]), _port(columns[_REMOTE])) == (caller, server):
                    return int(columns[_USER])
    return None


def _port(address: str) -> int:
    """Of an address and a port in hexadecimal digits."""
    return int(address.rpartition(":")[2], 16)
