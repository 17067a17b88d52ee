"""Work that imports what no other command needs, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import typer

from imgsimd.errors import WorkerError
from imgsimd.words import of_signal

CTRL_C_SECONDS = 2.0
"""Seconds in which a child should end after Ctrl-C; then it gets SIGINT from us."""


def run(module: str, *arguments: str) -> None:
    """Runs the module with our terminal; what it prints is for the user.

    Raises typer.Exit with its exit code if that is not 0, KeyboardInterrupt if Ctrl-C ended it, and
    WorkerError if another signal did.
    """
    code = _ended(subprocess.Popen([sys.executable, "-m", module, *arguments]))
    if code == -signal.SIGINT:
        raise KeyboardInterrupt
    if code < 0:
        raise WorkerError(
            f"Nothing was done: the process that does this was ended by {of_signal(-code)}. If "
            "nobody ended it, memory may be short: close other programs, then try again."
        )
    if code:
        raise typer.Exit(code)


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Waits for the child; returns its exit code. If we are to end, the child is ended first and
    can clean up; a terminal sends it Ctrl-C, too."""
    try:
        return process.wait()
    except (KeyboardInterrupt, SystemExit) as end:
        try:
            process.wait(CTRL_C_SECONDS if isinstance(end, KeyboardInterrupt) else 0)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait()
        raise
