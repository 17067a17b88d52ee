"""What stands in the cells of a table: words, numbers, paths. Each knows how to be narrower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from imgsimd.cli import short_paths
from imgsimd.cli.wrapping import pieces, width, wrapped
from imgsimd.file_address import address
from imgsimd.words import printable


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one style. `style` is what rich understands, `link` an address."""

    text: str
    style: str = ""
    link: str = ""


Line = Sequence[Run]


class Cell(Protocol):
    """The content of a cell; its texts are safe to print."""

    @property
    def is_number(self) -> bool:
        """Whether it is aligned to the right."""

    @property
    def plain(self) -> str:
        """All of it, for a pipe or a file."""

    @property
    def natural(self) -> int:
        """The columns of a terminal that it takes as one line."""

    @property
    def least(self) -> int:
        """The fewest columns in which it is readable."""

    def lines(self, columns: int) -> list[Line]:
        """It in at most so many columns, if these are at least `least`."""


class Words:
    """Text that is broken into lines between words. Without `breaks`, a command or a word may be
    wider than the column, which must be the last one."""

    LEAST = 20
    is_number = False

    def __init__(self, text: str, style: str = "", breaks: bool = True) -> None:
        self.plain = printable(text)
        self.natural = width(self.plain)
        self._breaks = breaks
        self.least = min(self.natural, self.LEAST)
        self._style = style

    def lines(self, columns: int) -> list[Line]:
        fits = self.natural <= columns
        lines = [self.plain] if fits else wrapped(self.plain, columns, self._breaks)
        return [[Run(line, self._style)] for line in lines]


class Number:
    """A number, with its unit if it has one. It stays whole."""

    is_number = True

    def __init__(self, text: str, style: str = "") -> None:
        self.plain = text
        self.natural = self.least = width(text)
        self._style = style

    def lines(self, columns: int) -> list[Line]:
        return [[Run(self.plain, self._style)]]


class PathCell:
    """The absolute path of a file or folder, and words after it. On a terminal it is a link and
    shown short, with its folder dimmed; a name that is too long is broken. On another machine, the
    `host`, it is `HOST:/path`, and no link."""

    LEAST = 20
    WHOLE = 28
    """Columns for a name that is never broken, such as `…/IMG_20240317_123456~2.jpg`."""
    is_number = False

    def __init__(self, path: str, after: str = "", host: str = "") -> None:
        self._path = f"{host}:{path}" if host else path
        self._is_here = not host
        self._after = printable(after)

    @property
    def plain(self) -> str:
        return printable(self._path) + self._after

    @property
    def natural(self) -> int:
        return width(self._near + self._after)

    @property
    def least(self) -> int:
        name = width(short_paths.name_only(self._near))
        return min(self.natural, max(self.LEAST, min(name, self.WHOLE)))

    def lines(self, columns: int) -> list[Line]:
        beside = columns - width(self._after)
        if beside >= width(short_paths.name_only(self._near)):
            (line,) = self._lines(beside)
            return [[*line, Run(self._after)]]
        below = wrapped(self._after, columns)
        return [*self._lines(columns), *([Run(line)] for line in below)]

    def _lines(self, columns: int) -> list[Line]:
        """The path, on more than one line if its name is wider than the column."""
        text = short_paths.within(self._near, columns)
        end, link = text.rfind("/") + 1, address(self._path) if self._is_here else ""
        first, *more = pieces(text, columns)
        folder = Run(first[:end], "dim", link)
        return [[folder, Run(first[end:], "", link)], *([Run(line, "", link)] for line in more)]

    @cached_property
    def _near(self) -> str:
        shorthands = short_paths.shorthands() if self._is_here else ()
        return printable(short_paths.near(self._path, shorthands))


def similarity(share: float) -> Number:
    """A cosine in percent, coloured as README explains it."""
    close = (0.955, "green"), (0.755, "yellow"), (float("-inf"), "dim")
    style = next(style for least, style in close if share >= least)
    return Number(f"{share:.1%}", style)


def of(value: object) -> Cell:
    """The cell for a value that may be one already."""
    if isinstance(value, (Words, Number, PathCell)):
        return value
    return Number(str(value)) if isinstance(value, int) else Words(str(value))
