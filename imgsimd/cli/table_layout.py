"""The lines of a table: aligned columns, in a pipe as wide as they are, on a terminal as it is.

Where the columns do not fit even at their narrowest, the last ones stand below the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, zip_longest

from imgsimd.cli.cells import Cell, Line, Run, Words
from imgsimd.cli.wrapping import width

GAP = 2
INDENT = 4

_GAP = Run(" " * GAP)

Row = Sequence[Cell]


def plain(headers: Sequence[str], rows: Sequence[Row]) -> list[Line]:
    """The header, if there is one, and each row on one line, nothing left out."""
    table = [*_head(headers), *rows]
    widths = [max(width(cell.plain) for cell in column) for column in zip(*table, strict=True)]
    right = _numeric(rows)
    return [_joined([[Run(cell.plain)] for cell in row], widths, right) for row in table]


def fitted(headers: Sequence[str], rows: Sequence[Row], columns: int) -> list[list[Line]]:
    """The header, if there is one, and the rows in so many columns of a terminal, without empty
    columns; each may be several lines."""
    used = [any(cell.plain for cell in column) for column in zip(*rows, strict=True)]
    if not any(used):
        return []
    rows = [list(compress(row, used)) for row in rows]
    table = [*_head(list(compress(headers, used))), *rows]
    widths, right = _widths(table, columns), _numeric(rows)
    return [list(_row(row, widths, right, columns)) for row in table]


def _head(headers: Sequence[str]) -> list[Row]:
    return [list(map(_Header, headers))] if headers else []


class _Header(Words):
    """The head of a column; it stays whole."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "bold")
        self.least = self.natural


def _widths(table: Sequence[Row], columns: int) -> list[int]:
    """The widths of the columns that stand beside each other: all, or as many as fit."""
    content = list(zip(*table, strict=True))
    natural = [max(cell.natural for cell in column) for column in content]
    least = [max(cell.least for cell in column) for column in content]
    total = columns - GAP * (len(content) - 1)
    if widths := shared(natural, least, total):
        others = list(map(_used, content[:-1], widths))
        return [*others, min(natural[-1], total - sum(others))]
    ends = accumulate(each + GAP for each in natural)
    beside = sum(end <= columns + GAP for end in ends)
    return natural[:beside] or [columns]


def shared(natural: Sequence[int], least: Sequence[int], total: int) -> list[int]:
    """How columns share a width: the narrow ones get what they take, the others the same, but each
    its least. Empty if that is not enough."""
    if sum(least) > total:
        return []
    widths = list(natural)
    while sum(widths) > total:
        level = max(each for each, low in zip(widths, least, strict=True) if each > low) - 1
        widths = [max(low, min(each, level)) for each, low in zip(widths, least, strict=True)]
    return widths


def _used(column: Sequence[Cell], columns: int) -> int:
    """How wide a column is if it gets so much: a path may become shorter than it must."""
    lines = (line for cell in column for line in cell.lines(columns))
    return max(sum(width(run.text) for run in line) for line in lines)


def _row(row: Row, widths: Sequence[int], right: Sequence[bool], columns: int) -> Iterator[Line]:
    """The lines of a row: the cells beside each other, then those below."""
    beside = [cell.lines(each) for cell, each in zip(row, widths, strict=False)]
    for parts in zip_longest(*beside):
        if line := _joined([part or [] for part in parts], widths, right):
            yield line
    for cell in row[len(widths) :]:
        for line in cell.lines(max(1, columns - INDENT)) if cell.plain else ():
            yield [Run(" " * INDENT), *line]


def _joined(parts: Sequence[Line], widths: Sequence[int], right: Sequence[bool]) -> Line:
    """The parts of a line, padded, without blanks at its end."""
    line: list[Run] = []
    for part, each, to_right in zip(parts, widths, right, strict=False):
        space = Run(" " * (each - sum(width(run.text) for run in part)))
        line += [space, *part, _GAP] if to_right else [*part, space, _GAP]
    while line and not line[-1].text.strip():
        line.pop()
    return line


def _numeric(rows: Sequence[Row]) -> list[bool]:
    """Which columns have only numbers."""
    return [all(cell.is_number for cell in column) for column in zip(*rows, strict=True)]
