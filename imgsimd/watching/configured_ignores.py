"""What the user leaves out with the setting `ignore`, which takes the patterns of .gitignore."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pathspec import GitIgnoreSpec

from imgsimd import patterns
from imgsimd.paths import slashed
from imgsimd.types import FilePath
from imgsimd.watching.builtin_ignores import BUILT_IN_PATTERNS

_BUILT_IN_PATTERNS = {pattern.casefold() for pattern in BUILT_IN_PATTERNS}


class Ignoring:
    """The setting `ignore`. Knows which of its patterns have matched something."""

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts` are the patterns as the user wrote them; `config` has checked them."""
        read = {text: patterns.read(text) for text in texts}
        self.let_in = [p[1:] for p in read.values() if p[1:].casefold() in _BUILT_IN_PATTERNS]
        """Built-in patterns that the user revokes with a `!` before them. That revokes no other
        pattern, even if it matches the same."""
        spoken_for = {"!" + pattern for pattern in self.let_in}
        own = {t: p for t, p in read.items() if p.casefold() not in _BUILT_IN_PATTERNS}
        self._own = {text: pattern for text, pattern in own.items() if pattern not in spoken_for}
        self._specs: dict[FilePath, tuple[list[str], GitIgnoreSpec]] = {}
        self._unmatched = set(self._own)

    def __bool__(self) -> bool:
        return bool(self._own)

    @property
    def unmatched(self) -> list[str]:
        """The patterns that have matched nothing yet, as the user wrote them."""
        return [text for text in self._own if text in self._unmatched]

    def verdict(self, root: FilePath, path: FilePath, is_folder: bool) -> bool | None:
        """Whether the file or folder is left out; its folder is not. The last pattern that matches
        decides. None where no pattern matches."""
        if not self._own:
            return None
        texts, spec = self._spec(root)
        name = relative(path, root, is_folder)
        found = spec.check_file(name)
        if found.index is not None and self._unmatched:
            self._note(texts, spec, name)
        return found.include

    def _spec(self, root: FilePath) -> tuple[list[str], GitIgnoreSpec]:
        """The patterns for this root, and what the user wrote for each."""
        if root not in self._specs:
            place = os.fsdecode(root)
            lines = [(t, line) for t, p in self._own.items() for line in patterns.lines(p, place)]
            spec = GitIgnoreSpec.from_lines([line for _, line in lines], backend="simple")
            self._specs[root] = [text for text, _ in lines], spec
        return self._specs[root]

    def _note(self, texts: list[str], spec: GitIgnoreSpec, name: str) -> None:
        """Notes every pattern that matches, not only the one that decides."""
        for text, pattern in zip(texts, spec.patterns, strict=True):
            if text in self._unmatched and pattern.match_file(name) is not None:
                self._unmatched.discard(text)


def relative(path: FilePath, folder: FilePath, is_folder: bool) -> str:
    """The path from the folder on, as pathspec takes it: that of a folder ends with a slash."""
    name = os.fsdecode(path.removeprefix(slashed(folder))) + "/" * is_folder
    return name.replace("\n", "\r")  # `.` in pathspec's expressions matches no newline
