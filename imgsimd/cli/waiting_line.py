"""A line on the terminal that says what a command waits for. Elsewhere it is not shown."""

from __future__ import annotations

import sys
from types import TracebackType

from imgsimd.cli import terminal
from imgsimd.words import printable

_CLEARED = "\r\x1b[K"


class WaitingLine:
    """A context manager: at its end the line is gone. It is on standard error, so that it does not
    get between what is printed."""

    def __init__(self) -> None:
        self._shown = ""
        self._is_there = terminal.obeys(sys.stderr)

    def __enter__(self) -> WaitingLine:
        return self

    def show(self, text: str) -> None:
        """Shows this instead of what was there."""
        text = printable(text)[: terminal.columns(sys.stderr) - 1]
        if self._is_there and text != self._shown:
            print(_CLEARED + text, end="", file=sys.stderr, flush=True)
            self._shown = text

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            print(_CLEARED, end="", file=sys.stderr, flush=True)
