"""What commands print: on a terminal with colours and links (rich), elsewhere as plain text.

File names are untrusted text: characters that could move the cursor, break a line, turn the
direction of writing or act as markup are shown without that effect.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from imgsimd.cli import cells, pager, table_layout, terminal
from imgsimd.cli.cells import Line, Number, PathCell, Run, Words
from imgsimd.file_address import path_bytes
from imgsimd.words import printable as printable  # part of what commands print

if TYPE_CHECKING:
    from rich.console import Console

    from imgsimd.cli.drawing import Drawn, Thumbnails
    from imgsimd.client import Match


def as_json(value: object) -> None:
    """Print JSON; all but ASCII is escaped, so that a name that is not UTF-8 survives."""
    print(json.dumps(value, indent=2, ensure_ascii=True))


def sentence(text: str) -> None:
    """Print a sentence, on a terminal in as many lines as it needs."""
    terminal.tolerate()
    print(terminal.fitted(text))


def paths(found: Iterable[str], nul: bool) -> None:
    """Print each path, its very bytes, and a newline or, with `nul`, a NUL.

    On a terminal, which obeys some characters, these are escaped.
    """
    end = b"\0" if nul else b"\n"
    shown = map(printable, found) if sys.stdout.isatty() else found
    sys.stdout.flush()
    for path in shown:
        sys.stdout.buffer.write(path_bytes(path) + end)


def matches(found: Sequence[Match], thumbnails: Thumbnails | None = None) -> None:
    """Print matches, best first, beside their thumbnails if given."""
    table(
        ("rank", "similarity", "distance", "path"),
        [
            (
                each.rank,
                cells.similarity(each.similarity),
                Number(f"{each.distance:.4f}"),
                match_path(each),
            )
            for each in sorted(found, key=lambda match: match.rank)
        ],
        thumbnails,
    )


def match_path(match: Match) -> PathCell:
    """Where the photo is, and how many are like it."""
    count = match.alike.count if match.alike else 0
    host = (match.host or "") if match.is_elsewhere else ""
    return PathCell(match.path, f"  + {count:,} like it" if count else "", host)


def heading(name: str, thumbnails: Thumbnails | None = None) -> None:
    """Print the name of a picture above what is printed of it: the path of a file, or `-`."""
    rows([[PathCell(name) if name.startswith("/") else Words(name)]], thumbnails)


def table(
    headers: Sequence[str],
    values: Sequence[Sequence[object]],
    thumbnails: Thumbnails | None = None,
) -> None:
    """Print aligned columns, numbers to the right. Prints nothing when there are no rows.

    A value is a cell, an int, or text. In a pipe a row is a line, and paths are absolute. On a
    terminal the table is as wide as the terminal at most, and each row stands beside the next
    thumbnail.
    """
    if not values:
        return
    pager.begin()
    made = [[cells.of(value) for value in row] for row in values]
    if not terminal.is_there():
        _print(table_layout.plain(headers, made))
    elif thumbnails is None:
        laid_out = table_layout.fitted(headers, made, terminal.columns())
        _print([line for row in laid_out for line in row])
    else:
        _print_each_beside(thumbnails, headers, made)


def rows(values: Sequence[Sequence[object]], thumbnails: Thumbnails | None = None) -> None:
    """As `table`, without headers."""
    table([], values, thumbnails)


def facts(values: Sequence[Sequence[object]], thumbnails: Thumbnails) -> None:
    """As `rows`, all of them beside one thumbnail, if there is one."""
    drawn = next(thumbnails.drawn)
    if not drawn.lines:
        rows(values)
        return
    pager.begin()
    made = [[cells.of(value) for value in row] for row in values]
    laid_out = table_layout.fitted([], made, terminal.columns() - _margin(thumbnails))
    _print_beside(drawn, [line for row in laid_out for line in row], thumbnails)


def _print_each_beside(
    thumbnails: Thumbnails, headers: Sequence[str], made: Sequence[table_layout.Row]
) -> None:
    """Print a table beside thumbnails, each row as soon as its thumbnail is there, with an empty
    line below it."""
    margin = _margin(thumbnails)
    laid_out = table_layout.fitted(headers, made, terminal.columns() - margin)
    if headers and laid_out:
        _print([[Run(" " * margin), *line] for line in laid_out.pop(0)])
    for row in laid_out:
        _print_beside(next(thumbnails.drawn), row, thumbnails)
        print(flush=True)


def _print_beside(drawn: Drawn, lines: Sequence[Line], thumbnails: Thumbnails) -> None:
    sys.stdout.write(drawn.before)
    for number, (edge, line) in enumerate(zip_longest(drawn.lines, lines), 1):
        sys.stdout.write((edge or " " * thumbnails.columns) + " " * table_layout.GAP)
        _print([line or []])
        if drawn.over and number == len(drawn.lines):
            # From where the cursor is saved, up to the first line, and back.
            sys.stdout.write(f"\x1b7\x1b[{number}A{drawn.over}\x1b8")


def _margin(thumbnails: Thumbnails) -> int:
    return thumbnails.columns + table_layout.GAP


def lines(found: Sequence[Line]) -> None:
    """Print lines that are laid out already."""
    pager.begin()
    _print(found)


def styled(found: Sequence[Line]) -> list[str]:
    """The lines as a terminal obeys them, with colours and links."""
    console = terminal.console()
    with console.capture() as captured:
        _print_styled(found, console)
    return captured.get().split("\n")[:-1]


def _print(lines: Sequence[Line]) -> None:
    if not lines:
        return
    terminal.tolerate()
    if terminal.obeys():
        _print_styled(lines, terminal.console())
    else:
        print("\n".join("".join(run.text for run in line) for line in lines))


def _print_styled(lines: Sequence[Line], console: Console) -> None:
    from rich.style import Style
    from rich.text import Text

    for line in lines:
        text = Text()
        for run in line:
            text.append(run.text, Style.parse(run.style) + Style(link=run.link or None))
        console.print(text, soft_wrap=True)
