"""How far a long job is, how fast it goes, and when it will be done."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from imgsimd.cli import terminal
from imgsimd.cli.render import printable
from imgsimd.pace import Pace, duration

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Progress:
    """Shows how far a long job is: a bar on a terminal, elsewhere a line every two seconds.

    A context manager. The last state is always printed. All goes to standard error, unless another
    stream is given.
    """

    EVERY = 2.0
    """Seconds between two lines: seldom enough for a log, often enough for somebody who waits."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, stream: TextIO | None = None
    ) -> None:
        self._clock = clock
        self._stream = stream or sys.stderr
        self._pace = Pace()
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

    def update(self, done: int, total: int, failed: int, finished: int, text: str) -> None:
        """Shows that `done` of `total` pictures are done, and that `failed` of these have failed.
        `finished` counts the work that was done, from any beginning; `text` says what runs."""
        now = self._clock()
        self._pace.note(now, finished)
        self._begin = self._begin or (now, finished)
        self._show(done, total, printable(text), self._facts(done, total, failed))

    def finish(self, finished: int, failed: int) -> None:
        """Shows how much was done and how long it took. Prints nothing if nothing was shown
        before."""
        if self._begin is None:
            return
        begin, before = self._begin
        facts = [f"{finished - before:,} in {duration(self._clock() - begin)}"]
        self._due = float("-inf")
        self._show(1, 1, "done", ", ".join(facts + _failures(failed)))

    def _show(self, done: int, total: int, text: str, facts: str) -> None:
        if self._bar:
            self._bar.update(
                self._bar.task_ids[0],
                completed=done,
                total=total or None,
                text=text,
                facts=facts,
                refresh=True,
            )
            return
        now = self._clock()
        self._waiting = ": ".join(filter(None, [text, facts]))
        if now >= self._due:
            self._print()
            self._waiting, self._due = "", now + self.EVERY

    def _print(self) -> None:
        print(self._waiting, file=self._stream, flush=True)

    def _facts(self, done: int, total: int, failed: int) -> str:
        facts = [f"{done:,} of {total:,}"] if total else []
        if done < total:
            facts += self._pace.facts(total - done)
        return ", ".join(facts + _failures(failed))


def _failures(failed: int) -> list[str]:
    return [f"{failed:,} failed"] if failed else []


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
