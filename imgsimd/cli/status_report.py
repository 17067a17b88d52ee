"""The daemon's status as people read it: what it does, how it is, and a table of the folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from imgsimd.cli import cells, table_layout, watched_folders
from imgsimd.cli.cells import Line, Number, PathCell, Run
from imgsimd.cli.wrapping import wrapped
from imgsimd.client import Status, status_words
from imgsimd.words import counted, of_bytes, printable

FOLDERS = ("folder", "photos", "details")
SERIOUS = {"Error:": "bold red", "Warning:": "bold yellow"}
"""The styles of the words with which sentences about problems begin."""


def laid_out(
    current: Status,
    now: datetime,
    columns: int | None,
    verbose: bool = False,
    breaks: bool = False,
) -> list[Line]:
    """The status in lines, for a terminal with so many columns; None: for a pipe, in which each
    sentence and each folder is one line. Unless it `breaks` them, a long command is left to the
    terminal, so that it can be copied."""

    def paragraphs(sentences: Sequence[str]) -> list[Line]:
        return [line for each in sentences for line in sentence(each, columns, breaks)]

    parts = [
        paragraphs([status_words.doing(current), *status_words.being(current, now)]),
        _table(FOLDERS, _folders(current, now), columns),
        paragraphs(status_words.remarks(current)),
        _table((), _details(current), columns) if verbose else [],
    ]
    separated = [[[], *part] for part in parts if part]
    return [line for part in separated for line in part][1:]


def summary(current: Status) -> list[str]:
    """What was reached, and how everything is, in a sentence each. Why photos stay pending is told
    as an error."""
    now = datetime.now().astimezone()
    is_over = not current.pending
    reached = status_words.doing(current) if is_over else f"{status_words.searchable(current)}."
    return [reached, *status_words.being(current, now), *status_words.remarks(current)]


def sentence(text: str, columns: int | None, breaks: bool = False) -> Iterator[Line]:
    """See `laid_out`."""
    shown = printable(text)
    for line in wrapped(shown, columns, breaks) if columns else [shown]:
        word = line.split(" ", 1)[0]
        style = SERIOUS.get(word, "")
        yield [Run(word, style), Run(line[len(word) :])] if style else [Run(line)]


def _table(
    headers: Sequence[str], rows: Sequence[Sequence[object]], columns: int | None
) -> list[Line]:
    made = [[cells.of(value) for value in row] for row in rows]
    if not made:
        return []
    if columns is None:
        return table_layout.plain(headers, made)
    return [line for row in table_layout.fitted(headers, made, columns) for line in row]


def _folders(current: Status, now: datetime) -> list[Sequence[object]]:
    return [
        (
            watched_folders.cell(root),
            Number("" if root.state == "offline" else f"{root.images:,}"),
            ", ".join(status_words.of_folder(root, now)),
        )
        for root in current.roots
    ]


def _details(current: Status) -> list[Sequence[object]]:
    """What only those want to know who look into imgsimd itself."""
    model = current.model
    if current.next_model:
        model += f", until {current.next_model} has embedded every photo"
    watches = counted(current.watches, "folder")
    if current.watch_limit:
        watches += f", of {current.watch_limit:,} that the kernel allows all programs together"
    return [
        ("version", current.version),
        ("process", f"{current.pid}, {of_bytes(current.rss_bytes)} of memory"),
        ("worker", "running" if current.worker else "not running: nothing is to be embedded"),
        ("sandbox", ", ".join(current.sandbox) or "known once the worker has run"),
        ("model", model),
        ("since the start", f"{current.finished:,} finished, {current.decoded:,} decoded"),
        *([("newest photo", PathCell(current.newest))] if current.newest else []),
        ("watched", watches),
        ("configuration", PathCell(current.config)),
        ("state", PathCell(current.state_dir)),
    ]
