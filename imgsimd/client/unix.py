"""Unix sockets at paths of any length."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imgsimd.locations import LONGEST_SOCKET_PATH


@contextmanager
def address(path: Path) -> Iterator[str]:
    """What to give the kernel for the socket at `path`: where that is too long for it, a way
    through the folder's descriptor. Raises OSError where there is no such folder."""
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(sock: socket.socket, path: Path) -> None:
    """`sock.connect(path)`. Raises OSError."""
    with address(path) as name:
        sock.connect(name)
