"""What a decoder would try that somebody else commands; no picture needs any of it."""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
from collections.abc import Callable


def _write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_TRUNC))


def _make(path: str) -> None:
    os.close(os.open(path + ".new", os.O_WRONLY | os.O_CREAT, 0o600))


def _connect(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(os.path.join(os.path.dirname(path), "socket"))


def _internet(path: str) -> None:
    with socket.create_server(("127.0.0.1", 0)):
        pass


def _fork(path: str) -> None:
    if os.fork() == 0:
        os._exit(0)


def _trace(path: str) -> None:
    if ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0:
        raise PermissionError


def _code(path: str) -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


ATTEMPTS: dict[str, Callable[[str], object]] = {
    "read": lambda path: os.close(os.open(path, os.O_RDONLY)),
    "list": lambda path: os.listdir(os.path.dirname(path)),
    "look": os.stat,
    "write": _write,
    "make": _make,
    "rename": lambda path: os.rename(path, path + ".old"),
    "remove": os.remove,
    "permit": lambda path: os.chmod(path, 0o640),
    "connect": _connect,
    "internet": _internet,
    "execute": lambda path: os.execv("/bin/true", ["true"]),  # noqa: S606
    "fork": _fork,
    "signal": lambda path: os.kill(os.getppid(), 0),
    "trace": _trace,
    "code": _code,
    "share": lambda path: mmap.mmap(-1, 4096),
}


def succeeds(name: str, path: str) -> bool:
    """Whether the kernel lets it happen."""
    try:
        ATTEMPTS[name](path)
    except OSError:
        return False
    return True
