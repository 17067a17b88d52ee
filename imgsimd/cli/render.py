"""What commands print: on a terminal with colours and links (rich), anywhere else as plain text.

Names of files are other people's text: whatever could move the cursor, break a line, turn the
direction of writing or act as markup is shown, not obeyed.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.text import Text

OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories of what a terminal obeys, or what cannot be encoded; spaces may stay."""
JOINERS = "\u200c\u200d"
"""Of category Cf, but harmless, and part of many emoji and of Indic and Persian words."""
GAP = "  "


def printable(path: str) -> str:
    """`path` in one line, safe to print: `\\n`, `\\x1b`, `\\u202e`; a byte not UTF-8 is `\\xff`."""
    if path.isascii() and path.isprintable():
        return path
    return "".join(map(_shown, path))


def _shown(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte, by surrogateescape (PEP 383)
        return f"\\x{ord(character) - 0xDC00:02x}"
    if unicodedata.category(character) in OBEYED and character not in JOINERS:
        return character.encode("unicode_escape").decode("ascii")
    return character


def address(path: str) -> str:
    """The `file://` address of an absolute path, its very bytes percent-encoded."""
    try:
        content = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # other surrogates are in no file's name
        content = path.encode("utf-8", "replace")
    return "file://" + quote(content)


def as_json(value: object) -> None:
    """Print JSON; all but ASCII is escaped, so that a name that is not UTF-8 survives."""
    print(json.dumps(value, indent=2, ensure_ascii=True))


def matches(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print answers, best first; each has `rank`, `path`, `distance` and `similarity`."""
    table(
        ("rank", "similarity", "distance", "path"),
        [
            (row["rank"], f"{row['similarity']:>10.1%}", f"{row['distance']:8.4f}", row["path"])
            for row in sorted(rows, key=lambda row: int(row["rank"]))
        ],
    )


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns, numbers to the right; the last may run over the edge of the screen.

    Prints nothing when there are no rows. On a terminal an absolute path can be clicked.
    """
    if not rows:
        return
    shown = [list(headers), *([printable(str(value)) for value in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    right = [all(isinstance(value, int) for value in column) for column in zip(*rows, strict=True)]
    padded = [[_padded(*cell) for cell in zip(line, widths, right, strict=True)] for line in shown]
    _tolerate()
    if _on_terminal():
        _print_colourful(padded, rows)
    else:
        print("\n".join(GAP.join(line).rstrip() for line in padded))


def _print_colourful(padded: Sequence[Sequence[str]], rows: Sequence[Sequence[object]]) -> None:
    from rich.text import Text

    console = _console()
    console.print(Text(GAP.join(padded[0]).rstrip(), "bold"), soft_wrap=True)
    for line, row in zip(padded[1:], rows, strict=True):
        cells = [_cell(text, value) for text, value in zip(line, row, strict=True)]
        joined = Text(GAP).join(cells)
        joined.rstrip()
        console.print(joined, soft_wrap=True)


def _cell(text: str, value: object) -> Text:
    """A path has its folder dim and is a link, for terminals that know links."""
    from rich.style import Style
    from rich.text import Text

    cell = Text(text)
    if isinstance(value, str) and value.startswith("/"):
        end = len(text.rstrip())
        cell.stylize(Style(link=address(value)), 0, end)
        cell.stylize("dim", 0, text.rfind("/", 0, end) + 1)
    return cell


def _width(text: str) -> int:
    """How many cells of a terminal it takes: East Asian letters and emoji two, accents none."""
    return sum(
        0 if unicodedata.combining(character) or character in JOINERS
        else 2 if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )  # fmt: skip


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _tolerate() -> None:
    """Letters that the terminal's encoding lacks are escaped, instead of ending the command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _on_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def _console() -> Console:
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False)


class Pace:
    """How fast it goes: over the last seconds, because the first pictures may have been slow."""

    WINDOW = 15.0
    """Seconds; long enough to even out batches, short enough to notice a change of disk."""
    LEAST = 1.0
    """Seconds that must have been seen before anything is said."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, done: int) -> None:
        """At `now` (seconds) so many were done; fewer than before means a new start."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 1 and self._seen[1][0] <= now - self.WINDOW:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Pictures per second; None while that cannot be said."""
        if not self._seen:
            return None
        (start, before), (now, done) = self._seen[0], self._seen[-1]
        return (done - before) / (now - start) if now - start >= self.LEAST else None

    def left(self, pictures: int) -> float | None:
        """Seconds that so many more will take; None while that cannot be said."""
        return pictures / self.rate if self.rate else None


class Progress:
    """How far a long job is: a bar on a terminal, anywhere else a line every two seconds.

    A context manager. Whatever the last state was, it has been printed when it ends.
    """

    EVERY = 2.0
    """Seconds between two lines: enough for a log, and for somebody who waits."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pace = Pace()
        self._bar: Bar | None = None
        self._due = float("-inf")
        self._waiting = ""

    def __enter__(self) -> Progress:
        _tolerate()
        if _on_terminal():
            self._bar = _bar()
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
            print(self._waiting, flush=True)

    def update(self, done: int, total: int, failed: int, text: str) -> None:
        """Of `total` pictures `done` are finished, `failed` of these badly; `text` is what runs."""
        now = self._clock()
        self._pace.note(now, done)
        facts, text = self._facts(done, total, failed), printable(text)
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
        self._waiting = f"{text}: {facts}" if text else facts
        if now >= self._due:
            print(self._waiting, flush=True)
            self._waiting, self._due = "", now + self.EVERY

    def _facts(self, done: int, total: int, failed: int) -> str:
        facts = [f"{done:,} of {total:,}"]
        if self._pace.rate:
            facts.append(f"{self._pace.rate:,.{0 if self._pace.rate >= 10 else 1}f} pictures/s")
        if done < total and (seconds := self._pace.left(total - done)) is not None:
            facts.append(f"{_duration(seconds)} left")
        if failed:
            facts.append(f"{failed:,} failed")
        return ", ".join(facts)


def _bar() -> Bar:
    """A narrow screen breaks the facts into lines, rather than cut one off."""
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    console = _console()
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


def _duration(seconds: float) -> str:
    """No more exact than a guess can be."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
