"""What the patterns of the setting `ignore` mean in one root, also after it has moved.

1. A pattern is read for the path of the root.
2. If the root, a folder around it, or a folder in it has moved, each pattern that was in the
   configuration at that time is also read for the former path. What it left out by that path (or by
   the last folders of it, or from there down) stays left out, and what it let in stays let in.
3. A pattern that contains a part of the root's path takes precedence over those that do not. If one
   path leaves out what another path lets in, it is left out.
4. A pattern that by a former path would leave out all of the root has no effect by that path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pathspec import GitIgnoreSpec

from imgsimd import patterns
from imgsimd.paths import is_below, is_within, moved, slashed, text
from imgsimd.types import FilePath, MovedPattern

_Line: TypeAlias = tuple[str, str, bool]
"""A pattern as the user wrote it, a line of a .gitignore in the root, and whether the line exists
because of the root's path."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All patterns, read for one path of a root."""

    texts: list[str]
    """The user's pattern for each line."""
    is_by_path: list[bool]
    spec: GitIgnoreSpec

    @classmethod
    def of(cls, lines: Collection[_Line]) -> Reading:
        spec = GitIgnoreSpec.from_lines([line for _, line, _ in lines], backend="simple")
        return cls([text for text, _, _ in lines], [each for _, _, each in lines], spec)


class Readings:
    """The readings for each root. It never changes, so any thread may use it."""

    def __init__(self, own: Mapping[str, str], moved_patterns: Collection[MovedPattern]) -> None:
        """`own` has the pattern for each of the user's texts."""
        self._own = own
        self._moved_patterns = moved_patterns
        self._by_root: dict[FilePath, list[Reading]] = {}

    def of(self, root: FilePath) -> list[Reading]:
        """The readings for a root; the first is for its present path. Resolves the links in
        patterns, once for each root."""
        if root not in self._by_root:
            self._by_root[root] = [Reading.of(lines) for lines in self._lines(root)]
        return self._by_root[root]

    def _lines(self, root: FilePath) -> Iterator[list[_Line]]:
        place = text(root)
        yield [
            (written, line, line != pattern)
            for written, pattern in self._own.items()
            for line in patterns.lines(pattern, place)
        ]
        for (inner, former), moved_patterns in self._former(root).items():
            yield [
                line
                for written, pattern in self._own.items()
                for line in _former_lines(written, pattern, inner, former, moved_patterns)
            ]

    def _former(self, root: FilePath) -> dict[tuple[str, str], set[str]]:
        """For each folder that has moved: its path below the root, its former path, and the
        patterns that apply to it by the former path."""
        found = defaultdict[tuple[str, str], set[str]](set)
        for written, place, former in self._moved_patterns:
            if is_within(root, place):
                found["", text(moved(root, place, former))].add(written)
            elif is_below(place, root):
                found[text(place.removeprefix(slashed(root))), text(former)].add(written)
        return found


def _former_lines(
    written: str, pattern: str, inner: str, former: str, moved_patterns: Collection[str]
) -> Iterator[_Line]:
    yield written, pattern, False
    if written not in moved_patterns:
        return
    for line in patterns.by_path(pattern, former):
        yield written, _below(inner, line) if inner else line, True
    if inner:  # it may have been a root, to which the pattern was relative
        yield written, _below(inner, pattern), True


def _below(inner: str, line: str) -> str:
    """The line of a .gitignore in the folder `inner`, moved to one further up."""
    sign, path = ("!", line[1:]) if line.startswith("!") else ("", line)
    place = patterns.escaped(inner).replace("\n", "\r")  # as `relative` has it
    return f"{sign}/{place}/{path.removeprefix('/')}"
