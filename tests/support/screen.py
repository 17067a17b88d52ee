"""A terminal on which a command keeps a view current: it is redrawn from the upper left corner."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.household import until
from tests.support.patience import DEADLINE
from tests.support.terminal import visible

HOME = b"\x1b[H"
"""Each view begins with it."""


class Screen:
    """What the command shows, and what a user does with its terminal."""

    def __init__(self, terminal: int, process: subprocess.Popen[bytes]) -> None:
        self._terminal = terminal
        self._process = process
        self._written = b""
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def view(self) -> list[str]:
        """The lines that are there now, without empty ones at the end."""
        newest = self._written.rpartition(HOME)[2].decode(errors="replace")
        return visible(newest).rstrip().split("\r\n")

    @property
    def written(self) -> str:
        """All that the command has written."""
        return self._written.decode(errors="replace")

    def shows(self, *texts: str) -> list[str]:
        """The view, as soon as these are in it."""
        found: list[str] = until(lambda: (view := self.view) and _has(view, texts) and view)
        return found

    def resize(self, columns: int, rows: int) -> None:
        """Gives the terminal another size; the kernel tells the command."""
        _set_size(self._terminal, columns, rows)

    def type(self, keys: bytes) -> None:
        """As a user does."""
        os.write(self._terminal, keys)

    def interrupt(self) -> int:
        """Types Ctrl-C; returns the command's exit code."""
        os.write(self._terminal, b"\x03")
        return self._process.wait(DEADLINE)

    def _read(self) -> None:
        for part in iter(lambda: _part(self._terminal), b""):
            self._written += part


@contextmanager
def screen(
    command: Sequence[str | Path], environ: dict[str, str], columns: int, rows: int
) -> Iterator[Screen]:
    """Runs the command on a terminal of this size; ends it after the block."""
    ours, theirs = pty.openpty()
    _set_size(theirs, columns, rows)

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=take_terminal,
        env={**environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Screen(ours, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE)


def _has(view: Sequence[str], texts: Sequence[str]) -> bool:
    whole = "\n".join(view)
    return all(text in whole for text in texts)


def _set_size(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _part(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that nobody has the other end open
        return b""
