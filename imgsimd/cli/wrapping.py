"""How wide text is on a terminal, and how it is broken into lines."""

from __future__ import annotations

import re

_UNITS = re.compile(r"[^\s`]*(?:`[^`]*`[^\s`]*)+|(?<=: )(?:imgsimctl|sudo) .*$|\S+")
"""Words, and commands, in backquotes or after a colon at the end, which are copied as a whole."""


def width(text: str) -> int:
    """How many columns of a terminal it takes: East Asian letters and emoji two, accents none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def wrapped(text: str, columns: int, breaks: bool = True) -> list[str]:
    """The text in lines of at most so many columns, broken between words.

    A command stays on one line if it fits there. A longer word is broken, too;
    without `breaks` it stays whole, so that it can be copied, and the terminal breaks it.
    """
    lines: list[str] = []
    for word in _words(text, columns, breaks):
        if lines and width(lines[-1]) + 1 + width(word) <= columns:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _words(text: str, columns: int, breaks: bool) -> list[str]:
    words: list[str] = []
    for unit in _UNITS.findall(text):
        if width(unit) <= columns or not breaks:
            words.append(unit)
        else:
            words += [piece for word in unit.split() for piece in pieces(word, columns)]
    return words


def pieces(word: str, columns: int) -> list[str]:
    """The word in pieces of at most so many columns."""
    if width(word) <= columns:
        return [word]
    from rich.cells import chop_cells

    return chop_cells(word, columns)
