"""How far indexing is: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from imgsimd.cli import standard_error, terminal
from imgsimd.cli.render import printable
from imgsimd.client import Client, Status, status_words
from imgsimd.pace import duration

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


def until(is_done: Callable[[Status], bool], stream: TextIO, waiting: bool = False) -> Status:
    """Shows the progress of indexing, or what prevents it, until it is done; returns the last
    status, of which nothing is told yet. `waiting`: see `Client.events`, which this raises as."""
    with Progress(stream=stream) as progress:
        for current in Client().events(waiting):
            is_over = is_done(current)
            if not (is_over or standard_error.has_said(current.trouble)):
                standard_error.note(current.trouble)
            if is_over and not current.pending:
                progress.finish(current)
            else:
                progress.update(current)
            if is_over:
                return current
    raise AssertionError("events have no end")


class Progress:
    """A context manager. The last state is always printed. All goes to standard error, unless
    another stream is given."""

    EVERY = 2.0
    """Seconds between two lines: seldom enough for a log, often enough for somebody who waits."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, stream: TextIO | None = None
    ) -> None:
        self._clock = clock
        self._stream = stream or sys.stderr
        self._bar: Bar | None = None
        self._due = float("-inf")
        self._waiting = ""
        self._begin: tuple[float, int] | None = None

    def __enter__(self) -> Progress:
        terminal.tolerate()
        if terminal.obeys(self._stream):
            self._bar = _bar(self._stream)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()
        elif self._waiting:
            self._print()

    def update(self, current: Status) -> None:
        """Shows how far it is."""
        self._begin = self._begin or (self._clock(), current.finished)
        facts = [*status_words.progressing(current), *_failures(current)]
        self._show(*status_words.amount(current), current.state, facts)

    def finish(self, current: Status) -> None:
        """Shows how much was done and how long it took. Prints nothing if nothing was shown
        before."""
        if self._begin is None:
            return
        begin, before = self._begin
        finished = current.finished - (before if before <= current.finished else 0)
        facts = [f"{finished:,} in {duration(self._clock() - begin)}"]
        self._due = float("-inf")
        self._show(1, 1, "done", facts + _failures(current))

    def _show(self, done: int, total: int, text: str, facts: list[str]) -> None:
        text, told = printable(text), ", ".join(facts)
        if self._bar:
            self._bar.update(
                self._bar.task_ids[0],
                completed=done,
                total=total or None,
                text=text,
                facts=told,
                refresh=True,
            )
            return
        now = self._clock()
        self._waiting = ": ".join(filter(None, [text, told]))
        if now >= self._due:
            self._print()
            self._waiting, self._due = "", now + self.EVERY

    def _print(self) -> None:
        print(self._waiting, file=self._stream, flush=True)


def _failures(current: Status) -> list[str]:
    return [f"{current.failed:,} failed"] if current.failed else []


def _bar(stream: TextIO) -> Bar:
    """A narrow screen wraps the facts instead of cutting them off."""
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    console = terminal.console(stream)
    text = Column(no_wrap=True, overflow="ellipsis", max_width=max(10, console.width - 72))
    bar = Bar(
        TextColumn("{task.fields[text]}", markup=False, table_column=text),
        BarColumn(bar_width=min(24, console.width // 5)),
        TextColumn("{task.fields[facts]}", markup=False, table_column=Column()),
        console=console,
        auto_refresh=False,
    )
    bar.add_task("", total=None, text="", facts="")
    return bar
