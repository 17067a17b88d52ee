"""Work that imports what no other command needs, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import typer

from imgsimd.errors import WorkerError


def run(module: str, *arguments: str) -> None:
    """Runs the module with our terminal; what it prints is for the user.

    Raises typer.Exit with its exit code where that is not 0, KeyboardInterrupt where Ctrl-C has
    ended it, and WorkerError where another signal has.
    """
    code = subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    if code == -signal.SIGINT:
        raise KeyboardInterrupt
    if code < 0:
        raise WorkerError(
            f"The process that does this was ended by {_name(-code)}, so nothing has come of it. "
            "If nobody ended it, memory may be short: close other programs, then try again."
        )
    if code:
        raise typer.Exit(code)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
