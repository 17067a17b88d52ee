"""What the user leaves out with the setting `ignore`, which takes the patterns of .gitignore."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

from imgsimd import patterns
from imgsimd.paths import slashed
from imgsimd.types import FilePath, MovedPattern
from imgsimd.watching.builtin_ignores import BUILT_IN_PATTERNS
from imgsimd.watching.pattern_readings import Reading, Readings

_BUILT_IN_PATTERNS = {pattern.casefold() for pattern in BUILT_IN_PATTERNS}


class Ignoring:
    """The setting `ignore`. Knows which of its patterns have matched something."""

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts` are the patterns as the user wrote them; `config` has checked them."""
        read = {text: patterns.read(text) for text in texts}
        self.let_in = [p[1:] for p in read.values() if p[1:].casefold() in _BUILT_IN_PATTERNS]
        """Built-in patterns that the user revokes with a `!` before them. That revokes no other
        pattern, even if it matches the same."""
        revoking = {"!" + pattern for pattern in self.let_in}
        own = {t: p for t, p in read.items() if p.casefold() not in _BUILT_IN_PATTERNS}
        self._own = {text: pattern for text, pattern in own.items() if pattern not in revoking}
        self._readings = Readings(self._own, ())
        self._unmatched = set(self._own)

    def __bool__(self) -> bool:
        return bool(self._own)

    @property
    def unmatched(self) -> list[str]:
        """The patterns that have matched nothing yet, as the user wrote them."""
        return [text for text in self._own if text in self._unmatched]

    def set_moved(self, moved_patterns: Collection[MovedPattern]) -> None:
        """From now on, these patterns are read for former paths, too: see `pattern_readings`."""
        self._readings = Readings(self._own, moved_patterns)

    def verdict(self, root: FilePath, path: FilePath, is_folder: bool) -> bool | None:
        """Whether the file or folder is left out; its folder is not. The last pattern that matches
        decides. None if no pattern matches."""
        if not self._own:
            return None
        name = relative(path, root, is_folder)
        first, *others = self._readings.of(root)
        found, is_by_path = self._verdict_by(first, name)
        for reading in others:
            include, is_by_former = self._verdict_by(reading, name)
            if is_by_former:
                found, is_by_path = include or (is_by_path and found), True
        return found

    def _verdict_by(self, reading: Reading, name: str) -> tuple[bool | None, bool]:
        """The verdict of one reading, and whether a line decides that is due to the root's path."""
        found = reading.spec.check_file(name)
        if found.index is None:
            return None, False
        if self._unmatched:
            self._note(reading, name)
        return found.include, reading.is_by_path[found.index]

    def _note(self, reading: Reading, name: str) -> None:
        """Notes every pattern that matches, not only the one that decides."""
        for text, pattern in zip(reading.texts, reading.spec.patterns, strict=True):
            if text in self._unmatched and pattern.match_file(name) is not None:
                self._unmatched.discard(text)


def relative(path: FilePath, folder: FilePath, is_folder: bool) -> str:
    """The path from the folder on, as pathspec takes it: that of a folder ends with a slash."""
    name = os.fsdecode(path.removeprefix(slashed(folder))) + "/" * is_folder
    return name.replace("\n", "\r")  # `.` in pathspec's expressions matches no newline
