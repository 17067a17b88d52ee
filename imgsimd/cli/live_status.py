"""The status on a terminal, kept current: a view that one can leave open."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NoReturn, TypeAlias

from imgsimd.cli import render, status_report, terminal
from imgsimd.cli.cells import Line, Run
from imgsimd.client import Client, Status
from imgsimd.errors import ImgsimdError

News: TypeAlias = Status | ImgsimdError | None
"""The status, or why nobody tells it; None if only the terminal has another size, or the user wants
it for something else."""
AGAIN_SECONDS = 1.0
"""Between two attempts to reach a daemon that does not answer."""
LEAST_SECONDS = 0.2
"""Between two views: more often, nobody can read them."""
MOST_SECONDS = 5.0
"""The same: how long ago something was changes by itself."""
USUAL_ROWS = 24
"""Of a terminal that does not tell."""
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l"
"""To a screen of its own, without a cursor, where long lines are cut off; and back."""
_HOME, _EMPTY_LINE = "\x1b[H", "\x1b[2K"


def follow(verbose: bool) -> NoReturn:
    """Shows the status until the user interrupts it, whether a daemon runs or not; what was shown
    last stays on the terminal. Raises KeyboardInterrupt then, or NoDaemonError if none runs at
    first."""
    client = Client()
    view = _View(client.status(), verbose)
    news: queue.SimpleQueue[News] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(client, news), daemon=True).start()
    try:
        with _own_screen(), _told_of_signals(news) as wishes:
            while True:
                view.show()
                time.sleep(LEAST_SECONDS)
                view.take(news)
                if signal.SIGTSTP in wishes:
                    _stop(wishes)
                    view.forget()
    finally:
        render.lines(view.lines(breaks=False))


class _View:
    """What is on the terminal."""

    def __init__(self, status: Status, verbose: bool) -> None:
        self._newest: Status | ImgsimdError = status
        self._verbose = verbose
        self._shown: tuple[object, ...] = ()

    def take(self, news: queue.SimpleQueue[News]) -> None:
        """Takes the newest news; waits for some, but not for long."""
        with suppress(queue.Empty):
            self._newest = news.get(timeout=MOST_SECONDS) or self._newest
            while True:
                self._newest = news.get_nowait() or self._newest

    def show(self) -> None:
        """Puts it on the terminal, if it is other than what is there."""
        lines, rows = self.lines(breaks=True), _rows()
        if (lines, rows, terminal.columns()) == self._shown:
            return
        self._shown = (lines, rows, terminal.columns())
        fitting = lines if len(lines) <= rows else [*lines[: rows - 1], [Run("…")]]
        filled = [*render.styled(fitting), *[""] * (rows - len(fitting))]
        sys.stdout.write(_HOME + "\r\n".join(_EMPTY_LINE + line for line in filled))
        sys.stdout.flush()

    def forget(self) -> None:
        """Something else is on the terminal now."""
        self._shown = ()

    def lines(self, breaks: bool) -> list[Line]:
        """In the present width of the terminal."""
        columns = terminal.columns()
        if isinstance(self._newest, Status):
            now = datetime.now().astimezone()
            return status_report.laid_out(self._newest, now, columns, self._verbose, breaks)
        return list(status_report.sentence(f"{self._newest} Waiting for it.", columns, breaks))


def _listen(client: Client, news: queue.SimpleQueue[News]) -> None:
    """In a thread of its own, until the process ends."""
    while True:
        try:
            for status in client.events():
                news.put(status)
        except ImgsimdError as error:
            news.put(error)
        time.sleep(AGAIN_SECONDS)


@contextmanager
def _own_screen() -> Iterator[None]:
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    if _is_in_background():
        signal.raise_signal(signal.SIGTTOU)  # as the kernel stops who reads from the terminal then
    sys.stdout.write(_ENTER)


def _leave() -> None:
    sys.stdout.write(_LEAVE)
    sys.stdout.flush()


def _is_in_background() -> bool:
    with suppress(OSError):  # it is not the terminal that the shell has given us
        return os.tcgetpgrp(sys.stdout.fileno()) != os.getpgrp()
    return False


@contextmanager
def _told_of_signals(news: queue.SimpleQueue[News]) -> Iterator[set[int]]:
    """Gives a set, into which the numbers of signals come: of another size, and of Ctrl-Z. What is
    to be done about them is done between two views, since one is on its way to the terminal."""
    came: set[int] = set()

    def note(number: int, frame: object) -> None:
        came.add(number)
        news.put(None)

    heeded = [signal.SIGWINCH]
    if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:  # a shell without jobs ignores it
        heeded.append(signal.SIGTSTP)
    before = {number: signal.signal(number, note) for number in heeded}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(wishes: set[int]) -> None:
    """Gives the terminal back and stops, as Ctrl-Z wants it, until the shell continues us."""
    _leave()
    note = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, note)
    wishes.clear()
    _enter()


def _rows() -> int:
    with suppress(OSError):
        return os.get_terminal_size(sys.stdout.fileno()).lines or USUAL_ROWS
    return USUAL_ROWS
