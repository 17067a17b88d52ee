"""A terminal that answers what it is asked, as one that shows pictures does."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.patience import DEADLINE

PATIENTLY = """\
import sys
from imgsimd.cli import graphics, terminal_question
terminal_question.SECONDS = graphics.TMUX_SECONDS = 20.0
"""
"""The beginning of a program for a busy machine, on which this terminal answers late."""
IMGSIMCTL = (
    sys.executable,
    "-c",
    f"{PATIENTLY}from imgsimd.cli.__main__ import main\nsys.argv[0] = 'imgsimctl'\nmain()",
)
"""The command that does so."""
CELL = (8, 16)
"""Pixels of a character, width and height."""
_QUESTIONS = re.compile(
    rb"(?P<attributes>\x1b\[c)|(?P<cell>\x1b\[16t)|(?P<name>\x1b\[>q)"
    rb"|\x1b_Gi=(?P<kitty>\d+)[^\x1b]*\ba=q\b[^\x1b]*\x1b\\"
)


class EmulatedTerminal:
    """The controlling terminal of one command. It says of itself what `attributes` are; None for
    one that never answers."""

    def __init__(
        self,
        attributes: str | None,
        knows_kitty: bool = False,
        name: str = "emulated",
        rows: int = 200,
        columns: int = 80,
        pixels: bool = False,
    ) -> None:
        """`pixels` says whether the kernel knows the size of a character, which is CELL."""
        self.asked = b""
        """The questions that the command asked."""
        self.left = b""
        """What the next program would read."""
        self._attributes = attributes
        self._knows_kitty = knows_kitty
        self._name = name
        size = (columns * CELL[0], rows * CELL[1]) if pixels else (0, 0)
        self._size = struct.pack("HHHH", rows, columns, *size)

    def run(
        self,
        command: Sequence[str | Path],
        environ: dict[str, str],
        cwd: Path,
        stdin: Path | None = None,
        typed: bytes = b"",
        until: bytes = b"",
        then: bytes = b"\r",
    ) -> tuple[int, bytes]:
        """The exit code, and all that the terminal gets. The keys were typed before; `then` is
        typed once the terminal has got `until`."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, self._size)
        os.write(ours, typed)
        with subprocess.Popen(
            command, stdin=stdin.open("rb") if stdin else theirs, stdout=theirs, stderr=theirs,
            cwd=cwd, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0), pass_fds=[theirs],
            env={"TERM": "xterm-256color", "COLORTERM": "truecolor", **environ},
        ) as child:  # fmt: skip
            out = self._served(ours, child, until, then)
            code = child.wait(DEADLINE)
        self.left = _waiting(theirs)
        os.close(theirs)
        os.close(ours)
        return code, out

    def _served(
        self, ours: int, child: subprocess.Popen[bytes], until: bytes, then: bytes
    ) -> bytes:
        """What the command writes until it ends. Its questions are answered as they come."""
        out, answered, end = b"", 0, time.monotonic() + DEADLINE
        while time.monotonic() < end:
            has_ended = child.poll() is not None
            if select.select([ours], [], [], 0 if has_ended else 0.02)[0]:
                out += os.read(ours, 65536)
            elif has_ended:
                return out
            for question in _QUESTIONS.finditer(out, answered):
                answered = question.end()
                self.asked += question[0]
                os.write(ours, self._answer(question))
            if until and until in out:
                os.write(ours, then)
                until = b""
        raise AssertionError(f"the command goes on: {out[-500:]!r}")

    def _answer(self, question: re.Match[bytes]) -> bytes:
        if self._attributes is None:
            return b""
        if question["attributes"]:
            return f"\x1b[?{self._attributes}c".encode()
        if question["cell"]:
            return b"\x1b[6;%d;%dt" % CELL[::-1]
        if question["name"]:
            return f"\x1bP>|{self._name}\x1b\\".encode()
        return b"\x1b_Gi=%s;OK\x1b\\" % question["kitty"] if self._knows_kitty else b""


def _waiting(theirs: int) -> bytes:
    """What a program could read from the terminal, without the Enter key."""
    assert termios.tcgetattr(theirs)[3] & termios.ECHO, "the command left the terminal silent"
    mode = termios.tcgetattr(theirs)
    mode[3] &= ~termios.ICANON
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    return os.read(theirs, 4096) if select.select([theirs], [], [], 0)[0] else b""
