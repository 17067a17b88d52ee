"""Shows a list that is longer than the terminal in the user's pager, as `git log` does.

What is printed is held back until it is more than the terminal shows. Then the pager is started,
and gets the rest as it comes. A shorter list is printed at the end.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from imgsimd.cli import terminal
from imgsimd.cli.wrapping import width

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

OPTION = "--no-pager"
VARIABLES = ("IMGSIMD_PAGER", "PAGER")
"""Where the user names a pager; the first that is set counts, and `cat` or nothing means none."""
USUAL = "less"
ENVIRON = {"LESS": "FRX", "LESSCHARSET": "utf-8", "LV": "-c"}
"""What pagers get unless it is set: git's choice. For less: end if all fits, obey colours and
links, leave the text on the terminal."""
_UNSEEN = re.compile(rb"\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)|\x1b\[[0-9;?]*[a-zA-Z]")
"""Links and colours."""
_VARIABLE = re.compile(r"\w+=")
"""What may stand before the program, as in `LESS=-R less`."""


class Wish:
    """Whether a pager may be used at all."""

    is_off = False


def turn_off() -> None:
    """From now on, everything is printed as it comes."""
    Wish.is_off = True


def begin() -> None:
    """From now on, what is printed on standard output is a list, which may be long. Does nothing
    where standard output is no terminal, and where the user does not want a pager."""
    if isinstance(sys.stdout, _PagedText) or Wish.is_off or not terminal.obeys():
        return
    if command := _command():
        sys.stdout = _PagedText(_Paged(command, sys.stdout))


def end() -> None:
    """The list is complete: prints it, or waits until the user leaves the pager. From now on,
    standard output is the terminal again. Raises BrokenPipeError if the user has left before."""
    paged = sys.stdout
    if isinstance(paged, _PagedText):
        sys.stdout = paged.terminal
        paged.end()


def notes() -> TextIO:
    """Where a sentence for the user belongs: standard error or, if that is the terminal on which a
    list is shown, between the lines of the list."""
    is_between = isinstance(sys.stdout, _PagedText) and terminal.is_there(sys.stderr)
    return sys.stdout if is_between else sys.stderr


class _PagedText(io.TextIOWrapper):
    """Stands for standard output; it is a terminal for all who ask."""

    def __init__(self, paged: _Paged) -> None:
        self.terminal = paged.terminal
        self._paged = paged
        super().__init__(
            io.BufferedWriter(paged),
            encoding=self.terminal.encoding,
            errors="backslashreplace",
            line_buffering=True,
        )

    def end(self) -> None:
        try:
            self.flush()
        finally:
            self._paged.end()


class _Paged(io.RawIOBase):
    """Takes what is written, and shows it on a terminal, with a pager if it is long."""

    def __init__(self, command: str, text: TextIO) -> None:
        self.terminal = text
        self._command = command
        self._columns, self._left = shutil.get_terminal_size()
        self._held: list[bytes] | None = []
        """What was written while there was room for it; None once there was not."""
        self._unfinished = b""
        self._pager: subprocess.Popen[bytes] | None = None

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.terminal.fileno()

    def write(self, content: ReadableBuffer, /) -> int:
        """Raises BrokenPipeError if the user has left the pager."""
        written = bytes(content)
        if self._held is None:
            self._show(written)
            return len(written)
        self._held.append(written)
        *lines, self._unfinished = (self._unfinished + written).split(b"\n")
        self._left -= sum(map(self._rows, lines))
        if self._left <= 0:
            self._start()
        return len(written)

    def end(self) -> None:
        """Shows what is held, or waits for the pager. Raises BrokenPipeError, as `write`."""
        if self._pager is None:
            self._show_held()
            return
        assert self._pager.stdin
        with _uninterrupted():
            try:
                self._pager.stdin.close()
            finally:
                self._pager.wait()

    def _rows(self, line: bytes) -> int:
        """How many rows of the terminal a line takes."""
        columns = width(_UNSEEN.sub(b"", line).decode("utf-8", "replace"))
        return max(1, -(-columns // self._columns))

    def _start(self) -> None:
        with suppress(OSError):  # no memory for a process: the list is printed
            self._pager = subprocess.Popen(
                ["/bin/sh", "-c", self._command],
                stdin=subprocess.PIPE,
                env={**ENVIRON, **os.environ},
            )
        self._show_held()

    def _show_held(self) -> None:
        held, self._held = self._held or [], None
        self._show(b"".join(held))

    def _show(self, content: bytes) -> None:
        stream = self._pager.stdin if self._pager else self.terminal.buffer
        assert stream
        stream.write(content)
        stream.flush()


def _command() -> str:
    """The shell command of the pager; empty for none. One that is not installed is none."""
    command = next((os.environ[name] for name in VARIABLES if name in os.environ), USUAL)
    with suppress(ValueError):  # an open quotation mark: no command
        program = next((word for word in shlex.split(command) if not _VARIABLE.match(word)), "cat")
        if program != "cat" and shutil.which(program):
            return command
    return ""


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C is for the pager alone, which gets it, too."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
