"""Asks the terminal what it is. It answers as if somebody had typed the answer."""

from __future__ import annotations

import os
import re
import select
import termios
import time
from contextlib import suppress

SECONDS = 1.0
"""How long a terminal may take. One nearby takes a millisecond, one at the other end of a slow
ssh connection some hundred; almost none never answers."""
MOST_BYTES = 2**10
"""Of an answer; more is something else, such as what somebody pastes."""
ATTRIBUTES = b"\x1b[c"
"""The one question (DA1) that every terminal answers. It answers in order, so that the answer to
this one, asked last, is the end."""
_END = re.compile(rb"\x1b\[\?[\d;]*c")


def answer(question: bytes = b"") -> bytes:
    """What the terminal of this process answers to the question and to ATTRIBUTES, whatever
    standard input is.

    Empty if it does not answer in time, if there is no terminal or it belongs to another job now,
    and if something was typed already, which the next program is to read.
    """
    with suppress(OSError, termios.error):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            return _asked(terminal, question)
        finally:
            os.close(terminal)
    return b""


def _asked(terminal: int, question: bytes) -> bytes:
    if os.tcgetpgrp(terminal) != os.getpgrp():  # the kernel would stop this process
        return b""
    before, silent = termios.tcgetattr(terminal), termios.tcgetattr(terminal)
    silent[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSANOW, silent)
    try:
        if _has_input(terminal, 0):
            return b""
        os.write(terminal, question + ATTRIBUTES)
        return _answered(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


def _answered(terminal: int) -> bytes:
    end, answered = time.monotonic() + SECONDS, b""
    while not _END.search(answered):
        left = end - time.monotonic()
        if left < 0 or len(answered) > MOST_BYTES or not _has_input(terminal, left):
            termios.tcflush(terminal, termios.TCIFLUSH)  # half an answer is nothing to be read
            return b""
        piece = os.read(terminal, 4096)
        if not piece:  # the terminal was closed
            return b""
        answered += piece
    return answered


def _has_input(terminal: int, seconds: float) -> bool:
    return bool(select.select([terminal], [], [], seconds)[0])
