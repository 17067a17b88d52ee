"""What the user leaves out, by patterns in the language of .gitignore."""

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
    """The setting `ignore`, for each root; and which of its patterns have matched anything."""

    def __init__(self, texts: Iterable[str]) -> None:
        """The patterns as the user wrote them, and `config` has checked them."""
        read = {text: patterns.read(text) for text in texts}
        self.let_in = [p[1:] for p in read.values() if p[1:].casefold() in _BUILT_IN_PATTERNS]
        """Built-in patterns that the user does without: `!` before such a pattern revokes it, and
        no other that matches the same."""
        spoken_for = {"!" + pattern for pattern in self.let_in}
        own = {t: p for t, p in read.items() if p.casefold() not in _BUILT_IN_PATTERNS}
        self._own = {text: pattern for text, pattern in own.items() if pattern not in spoken_for}
        self._specs: dict[FilePath, tuple[list[str], GitIgnoreSpec]] = {}
        self._unmatched = set(self._own)

    def __bool__(self) -> bool:
        return bool(self._own)

    @property
    def unmatched(self) -> list[str]:
        """The patterns that have matched nothing so far, as the user wrote them."""
        return [text for text in self._own if text in self._unmatched]

    def verdict(self, root: FilePath, path: FilePath, is_folder: bool) -> bool | None:
        """Whether the file or folder, in one that is looked into, is left out; None where no
        pattern matches, False where the last that does lets it in."""
        if not self._own:
            return None
        texts, spec = self._spec(root)
        name = relative(path, root, is_folder)
        found = spec.check_file(name)
        if found.index is not None and self._unmatched:
            self._note(texts, spec, name)
        return found.include

    def _spec(self, root: FilePath) -> tuple[list[str], GitIgnoreSpec]:
        """The patterns for this root, and the user's text of each."""
        if root not in self._specs:
            place = os.fsdecode(root)
            lines = [(t, line) for t, p in self._own.items() for line in patterns.lines(p, place)]
            spec = GitIgnoreSpec.from_lines([line for _, line in lines], backend="simple")
            self._specs[root] = [text for text, _ in lines], spec
        return self._specs[root]

    def _note(self, texts: list[str], spec: GitIgnoreSpec, name: str) -> None:
        """More patterns may match than the one that decides."""
        for text, pattern in zip(texts, spec.patterns, strict=True):
            if text in self._unmatched and pattern.match_file(name) is not None:
                self._unmatched.discard(text)


def relative(path: FilePath, folder: FilePath, is_folder: bool) -> str:
    """The path below the folder, as pathspec takes it: a folder's ends with a slash."""
    name = os.fsdecode(path.removeprefix(slashed(folder))) + "/" * is_folder
    return name.replace("\n", "\r")  # where pathspec says `.` it means any character
