"""What commands print: on a terminal with colours and links (rich), elsewhere as plain text.

File names are untrusted text: characters that could move the cursor, break a line, turn the
direction of writing or act as markup are shown without that effect.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from imgsimd.cli import terminal
from imgsimd.words import JOINERS
from imgsimd.words import printable as printable  # part of what commands print

if TYPE_CHECKING:
    from rich.text import Text

    from imgsimd.client import Match

GAP = "  "
SENTENCES = {"value", "reason"}
"""Headers of columns with text that may begin with a path, but is not one."""


def address(path: str) -> str:
    """The `file://` address of an absolute path, its very bytes percent-encoded."""
    return "file://" + quote(_content(path))


def as_json(value: object) -> None:
    """Print JSON; all but ASCII is escaped, so that a name that is not UTF-8 survives."""
    print(json.dumps(value, indent=2, ensure_ascii=True))


def paths(found: Iterable[str], nul: bool) -> None:
    """Print each path, its very bytes, and a newline or, with `nul`, a NUL.

    On a terminal, which obeys some characters, these are escaped.
    """
    end = b"\0" if nul else b"\n"
    shown = map(printable, found) if sys.stdout.isatty() else found
    sys.stdout.flush()
    for path in shown:
        sys.stdout.buffer.write(_content(path) + end)


def matches(found: Sequence[Match]) -> None:
    """Print matches, best first."""
    table(
        ("rank", "similarity", "distance", "path"),
        [
            (each.rank, f"{each.similarity:>10.1%}", f"{each.distance:8.4f}", each.path)
            for each in sorted(found, key=lambda match: match.rank)
        ],
    )


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns, numbers to the right; the last column may be wider than the screen.

    Prints nothing when there are no rows. On a terminal an absolute path can be clicked.
    """
    if not rows:
        return
    shown = [list(headers), *([printable(str(value)) for value in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    right = [all(isinstance(value, int) for value in column) for column in zip(*rows, strict=True)]
    padded = [[_padded(*cell) for cell in zip(line, widths, right, strict=True)] for line in shown]
    terminal.tolerate()
    if terminal.is_there():
        _print_colourful(headers, padded, rows)
    else:
        print("\n".join(GAP.join(line).rstrip() for line in padded))


def _print_colourful(
    headers: Sequence[str], padded: Sequence[Sequence[str]], rows: Sequence[Sequence[object]]
) -> None:
    from rich.text import Text

    console = terminal.console()
    console.print(Text(GAP.join(padded[0]).rstrip(), "bold"), soft_wrap=True)
    for line, row in zip(padded[1:], rows, strict=True):
        cells = [_cell(*cell) for cell in zip(headers, line, row, strict=True)]
        joined = Text(GAP).join(cells)
        joined.rstrip()
        console.print(joined, soft_wrap=True)


def _cell(header: str, text: str, value: object) -> Text:
    """A cell's text. A path is a link, for terminals that support links, with its folder dimmed."""
    from rich.style import Style
    from rich.text import Text

    cell = Text(text)
    if isinstance(value, str) and value.startswith("/") and header not in SENTENCES:
        end = len(text.rstrip())
        cell.stylize(Style(link=address(value)), 0, end)
        cell.stylize("dim", 0, text.rfind("/", 0, end) + 1)
    return cell


def _content(path: str) -> bytes:
    """The bytes of a path."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # no file name has other surrogates
        return path.encode("utf-8", "replace")


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
