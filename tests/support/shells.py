"""Interactive shells on a pseudoterminal, into which lines are typed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from imgsimd.closing import Closing
from tests.support.patience import DEADLINE

_READY = "is-ready"
_START = {
    "bash": (
        ("--norc", "--noprofile", "-i"),
        "bind 'set enable-bracketed-paste off'; source <(imgsimctl completion bash); "
        r"""bind -x '"\C-p": printf "<[[%s]]>" "$READLINE_LINE"'; """,
    ),
    "zsh": (
        ("-f", "-i"),
        "autoload -Uz compinit; compinit -u -D; source <(imgsimctl completion zsh); "
        """show() { print -rn -- "<[[$BUFFER]]>" }; zle -N show; bindkey '^P' show; """,
    ),
    "fish": (
        ("--no-config", "-i"),
        "set -g fish_autosuggestion_enabled 0; imgsimctl completion fish | source; "
        """bind \\cp 'printf "<[[%s]]>" (commandline | string collect)'; """,
    ),
}
"""The options of each shell, and commands that load our completion and have Ctrl-P print the
line."""


class Shell(Closing):
    """A shell in which Tab completes the words of imgsimctl."""

    def __init__(self, name: str, environ: Mapping[str, str], folder: Path) -> None:
        program = shutil.which(name)
        assert program
        options, commands = _START[name]
        self._seen = ""
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.chdir(folder)
            os.execve(program, [name, *options], {**environ, "TERM": "xterm"})  # noqa: S606 - no shell is wanted around it
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 250, 0, 0))
        self._type(f"{commands}echo {_READY[:3]}''{_READY[3:]}\n")
        self._read_until(_READY)

    def completed(self, line: str) -> str:
        """The line after Tab."""
        self._seen = ""
        self._type(f"\x15{line}\t\x10")  # Ctrl-U empties the line
        return re.sub(r".*<\[\[", "", self._read_until("]]>").removesuffix("]]>"), flags=re.DOTALL)

    def close(self) -> None:
        """Ends the shell."""
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._terminal)

    def _type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _read_until(self, end: str) -> str:
        deadline = time.monotonic() + DEADLINE
        while end not in self._seen:
            left = max(0, deadline - time.monotonic())
            assert select.select([self._terminal], [], [], left)[0], self._seen
            self._seen += os.read(self._terminal, 2**16).decode(errors="replace")
        return self._seen[: self._seen.index(end) + len(end)]
