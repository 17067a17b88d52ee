"""What a command prints on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path

from tests.support.patience import DEADLINE


def shown(
    command: Sequence[str | Path],
    environ: dict[str, str],
    columns: int,
    cwd: Path,
    rows: int = 30,
    typed: bytes = b"",
) -> tuple[int, str]:
    """The exit code, and all that a terminal of this size gets. The keys were typed before."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.write(ours, typed)
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, start_new_session=True,
        env={"TERM": "xterm-256color", **environ},
    ) as child:  # fmt: skip
        os.close(theirs)
        out = b"".join(iter(lambda: _read(ours), b""))
        code = child.wait(DEADLINE)
    os.close(ours)
    return code, out.decode()


def visible(text: str) -> str:
    """The text without colours and links."""
    return re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that nobody has the other end open
        return b""
