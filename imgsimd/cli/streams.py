"""Prepares standard input, output and error, which the caller may have closed."""

from __future__ import annotations

import os
import select
import sys
from threading import Thread

from imgsimd.cli import terminal


def prepare() -> None:
    """Opens /dev/null for each closed stream, so that no file or socket opened later gets its
    number. Has characters escaped that the output's encoding lacks."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # so Python marks a closed stream
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - stays open
    terminal.tolerate()


def end_with_reader() -> None:
    """From now on, ends the command quietly when the reader of its output ends. Otherwise, a
    command that waits for news would notice that only at its next output, perhaps days later."""
    reader = select.poll()
    reader.register(sys.stdout.fileno(), 0)  # reports errors and hang-ups, whatever the mask

    def wait() -> None:
        reader.poll()
        os._exit(0)

    Thread(target=wait, daemon=True).start()
