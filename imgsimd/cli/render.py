"""What commands print: on a terminal with colours and links (rich), elsewhere as plain text.

File names are untrusted text: characters that could move the cursor, break a line, turn the
direction of writing or act as markup are shown without that effect.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from imgsimd.cli import cells, pager, table_layout, terminal
from imgsimd.cli.cells import Line, Number, PathCell, Run, Words
from imgsimd.file_address import path_bytes
from imgsimd.words import printable as printable  # part of what commands print

if TYPE_CHECKING:
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


def matches(found: Sequence[Match]) -> None:
    """Print matches, best first."""
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
    )


def match_path(match: Match) -> PathCell:
    """Where the photo is, and how many are like it."""
    count = match.alike.count if match.alike else 0
    return PathCell(match.path, f"  + {count:,} like it" if count else "")


def heading(name: str) -> None:
    """Print the name of a picture above what is printed of it: the path of a file, or `-`."""
    pager.begin()
    cell = PathCell(name) if name.startswith("/") else Words(name)
    _print(cell.lines(terminal.columns()) if terminal.is_there() else [[Run(cell.plain)]])


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns, numbers to the right. Prints nothing when there are no rows.

    A value is a cell, an int, or text. In a pipe a row is a line, and paths are absolute. On a
    terminal the table is as wide as the terminal at most.
    """
    _print(_laid_out(headers, rows))


def rows(values: Sequence[Sequence[object]]) -> None:
    """As `table`, without headers."""
    _print(_laid_out([], values))


def _laid_out(headers: Sequence[str], values: Sequence[Sequence[object]]) -> Sequence[Line]:
    if not values:
        return []
    pager.begin()
    made = [[cells.of(value) for value in row] for row in values]
    if terminal.is_there():
        return table_layout.fitted(headers, made, terminal.columns())
    return table_layout.plain(headers, made)


def _print(lines: Sequence[Line]) -> None:
    if not lines:
        return
    terminal.tolerate()
    if terminal.obeys():
        _print_styled(lines)
    else:
        print("\n".join("".join(run.text for run in line) for line in lines))


def _print_styled(lines: Sequence[Line]) -> None:
    from rich.style import Style
    from rich.text import Text

    console = terminal.console()
    for line in lines:
        text = Text()
        for run in line:
            text.append(run.text, Style.parse(run.style) + Style(link=run.link or None))
        console.print(text, soft_wrap=True)
