"""How a process ends that a command has started for work of its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import TextIO

from imgsimd.errors import ImgsimdError
from imgsimd.words import printable


def exit_code(work: Callable[[], None], terminal: TextIO | None = None) -> int:
    """Does the work; returns the exit code, after the sentence of the error that it raises was
    printed on `terminal`, or on standard error. Ctrl-C ends it without a word."""
    try:
        work()
    except ImgsimdError as error:
        print(f"imgsimctl: {printable(str(error))}", file=terminal or sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0
