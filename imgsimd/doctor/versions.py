"""Which versions of imgsimd, Python and the system there are; and whether the daemon differs."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress

from imgsimd import __version__
from imgsimd.doctor import remedy
from imgsimd.doctor.result import Result, passed, warned
from imgsimd.doctor.situation import Daemon, Situation
from imgsimd.words import printable

NAME = "versions"


def check(situation: Situation) -> Iterator[Result]:
    """One result for this command, and one for a daemon that differs from it."""
    system = f"Python {platform.python_version()}, {platform.platform()}"
    yield passed(NAME, f"imgsimctl {__version__} in {sys.prefix}, {system}.")
    status = situation.daemon.status
    if status and status.version != __version__:
        yield warned(
            NAME,
            f"The daemon is version {printable(status.version)}, this command {__version__}: it "
            "was updated, and the daemon was not started again.",
            remedy.RESTART,
        )
    elif program := _other_python(situation.daemon):
        yield warned(
            NAME,
            f"The daemon runs in another environment than this command: {program}.",
            remedy.RESTART,
        )


def _other_python(daemon: Daemon) -> str:
    """The interpreter of the daemon, if it is not that of this command; empty if it is, or cannot
    be found out."""
    with suppress(OSError):
        with open(f"/proc/{daemon.pid or 'self'}/cmdline", "rb") as line:
            program = os.fsdecode(line.read().split(b"\0")[0])
        folder = os.path.dirname(program)
        if os.path.isabs(program) and folder != os.path.dirname(sys.executable):
            return program
    return ""
