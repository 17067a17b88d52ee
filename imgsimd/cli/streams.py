"""Standard input, output and error, in whatever state the command was started with them."""

from __future__ import annotations

import os
import select
import sys
from threading import Thread

from imgsimd.cli import terminal


def prepare() -> None:
    """Puts /dev/null where a stream is closed, so that no file or socket opened later takes its
    number; and lets letters that the output's encoding lacks be escaped."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # Python's way to tell; `print` would take another stream
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - stays open
    terminal.tolerate()


def end_with_reader() -> None:
    """From now on, the command ends quietly when the reader of its output has: one that waits for
    news would notice only once it has some to write, which may take days."""
    reader = select.poll()
    reader.register(sys.stdout.fileno(), 0)  # errors and hang-ups are told of always

    def wait() -> None:
        reader.poll()
        os._exit(0)

    Thread(target=wait, daemon=True).start()
