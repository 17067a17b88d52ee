"""The terminal that is, or is not, at the other end of standard output."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def tolerate() -> None:
    """Has characters that the terminal's encoding lacks escaped, instead of ending the command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def is_there() -> bool:
    """Whether output goes to a terminal: only there are colours, links and a moving bar of use."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def console() -> Console:
    """Rich's console on standard output, which leaves numbers and paths as they are."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False)
