"""Work that imports what no other command needs, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import typer


def run(module: str, *arguments: str) -> None:
    """Runs the module with our terminal; what it prints is for the user.

    Raises typer.Exit with its exit code where that is not 0; with 1 where a signal ended it.
    """
    code = subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    if code:
        raise typer.Exit(code if code > 0 else 1)
