"""Lets a test mount, set limits and lose rights, while the machine notices nothing of it."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import multiprocessing
import os
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec

import pytest

from tests.support.household import until

P = ParamSpec("P")
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
DEADLINE = 60.0
"""Seconds; only a broken program needs them."""
_CAPABILITIES_V3 = 0x20080522
_REFUSED = 77

_libc = ctypes.CDLL(None, use_errno=True)


def secluded(body: Callable[[], None]) -> None:
    """Runs the body in a process that is root in namespaces of its own (users and mounts).

    Fails as the body fails; skips the test where the kernel gives no such namespaces.
    """
    process = multiprocessing.get_context("fork").Process(target=_seclude, args=[body])
    process.start()
    process.join(DEADLINE)
    process.kill()
    if process.exitcode == _REFUSED:
        pytest.skip("no user namespaces here")
    assert process.exitcode == 0, "see what the process has printed"


def alone(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs an async test `secluded`, with an event loop of its own."""

    @functools.wraps(test)
    def secluded_test(*arguments: P.args, **fixtures: P.kwargs) -> None:
        secluded(lambda: asyncio.run(test(*arguments, **fixtures)))

    return secluded_test


def mount(*arguments: str | Path) -> None:
    """As on the command line."""
    subprocess.run(["mount", *arguments], check=True)


def unmount(*arguments: str | Path) -> None:
    """As on the command line; waits while somebody looks at the disk."""
    until(lambda: subprocess.run(["umount", *arguments], check=False).returncode == 0)


@contextmanager
def silent_server(place: Path) -> Iterator[None]:
    """Mounts a network file system whose server does not answer: who looks at it hangs. At the
    end, its connection breaks."""
    try:
        server = os.open("/dev/fuse", os.O_RDWR)
    except OSError:
        pytest.skip("no /dev/fuse here")
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0"
    mounted = _libc.mount(b"none", os.fsencode(place), b"fuse.sshfs", 0, options.encode())
    assert mounted == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        os.close(server)


def limit(name: str, value: int) -> None:
    """Sets one of the namespace's own limits, as `max_inotify_watches`."""
    Path(f"/proc/sys/user/{name}").write_text(str(value))


def obey_modes() -> None:
    """From now on, this thread and its children may no more than the modes of files say."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    assert _libc.capset(header, nothing) == 0, os.strerror(ctypes.get_errno())


def _seclude(body: Callable[[], None]) -> None:
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
        os._exit(_REFUSED)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    body()
