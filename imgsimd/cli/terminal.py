"""The terminal that is, or is not, at the other end of standard output or error."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from imgsimd.cli.wrapping import wrapped
from imgsimd.words import printable

if TYPE_CHECKING:
    from rich.console import Console

USUAL_COLUMNS = 80
"""Of a terminal that does not tell."""


def tolerate() -> None:
    """Has characters that the terminal's encoding lacks escaped, instead of ending the command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def is_there(stream: TextIO | None = None) -> bool:
    """Whether the stream, by default standard output, is a terminal, and so read by somebody."""
    return (stream or sys.stdout).isatty()


def obeys(stream: TextIO | None = None) -> bool:
    """Whether it is one on which colours, links and a moving bar are of use."""
    return is_there(stream) and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def columns(stream: TextIO | None = None) -> int:
    """How many columns the terminal has."""
    with suppress(ValueError):
        if (told := int(os.environ.get("COLUMNS", ""))) > 0:
            return told
    with suppress(OSError):
        return os.get_terminal_size((stream or sys.stdout).fileno()).columns or USUAL_COLUMNS
    return USUAL_COLUMNS


def fitted(sentence: str, stream: TextIO | None = None) -> str:
    """The sentence, safe to print; for a terminal, broken between words."""
    shown = printable(sentence)
    if not is_there(stream):
        return shown
    return "\n".join(wrapped(shown, columns(stream), breaks=False))


def console(stream: TextIO | None = None) -> Console:
    """Rich's console on the stream, which leaves numbers and paths as they are."""
    from rich.console import Console

    return Console(file=stream or sys.stdout, highlight=False)
