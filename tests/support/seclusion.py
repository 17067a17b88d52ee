"""Lets a test mount, set limits and give up rights without an effect on the machine."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import multiprocessing
import os
import signal
import subprocess
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ParamSpec

import pytest

from tests.support.household import children, until
from tests.support.patience import LONG_DEADLINE
from tests.support.requires import needs_namespaces

P = ParamSpec("P")
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MOST_TOLD = 30_000
"""Characters: less than the pipe holds, since nobody reads before the end."""
_CAPABILITIES_V3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def alone(test: Callable[P, Coroutine[Any, Any, None] | None]) -> Callable[P, None]:
    """Runs a test in a process that is root in namespaces of its own (users and mounts).

    Fails and is skipped as the test is; skipped where the kernel gives no such namespaces.
    """

    @functools.wraps(test)
    def run_alone(*arguments: P.args, **fixtures: P.kwargs) -> None:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        body = functools.partial(test, *arguments, **fixtures)
        process = context.Process(target=_seclude, args=[body, theirs])
        process.start()
        process.join(LONG_DEADLINE)
        if process.is_alive():
            process.kill()
            pytest.fail("It goes on and on.")
        if ours.poll():
            outcome, words = ours.recv()
            (pytest.skip if outcome == "skipped" else pytest.fail)(words)
        assert process.exitcode == 0

    skipped: Callable[P, None] = needs_namespaces(run_alone)
    return skipped


def mount(*arguments: str | Path) -> None:
    """As on the command line."""
    subprocess.run(["mount", *arguments], check=True)


def unmount(*arguments: str | Path) -> None:
    """As on the command line; waits while somebody looks at the disk."""
    until(lambda: subprocess.run(["umount", *arguments], check=False).returncode == 0)


@contextmanager
def silent_server(place: Path) -> Iterator[None]:
    """Mounts a network file system whose server does not answer, so that access to it hangs. The
    connection breaks at the end of the block."""
    try:
        server = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"needs /dev/fuse: {error.strerror}")
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
    """From now on, this thread and its children obey file modes, as an ordinary user does."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    assert _libc.capset(header, nothing) == 0, os.strerror(ctypes.get_errno())


def _seclude(body: Callable[[], Coroutine[Any, Any, None] | None], outcome: Connection) -> None:
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    try:
        if (rest := body()) is not None:
            asyncio.run(rest)
    except pytest.skip.Exception as skipped:
        outcome.send(("skipped", str(skipped)))
    except (Exception, pytest.fail.Exception):
        outcome.send(("failed", traceback.format_exc()[-MOST_TOLD:]))
    finally:
        for child in children(os.getpid()):  # the test's fixtures know nothing of them
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(child, signal.SIGKILL)
