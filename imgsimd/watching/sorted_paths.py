"""Paths in byte order: what is below one folder is found without a look at all other paths."""

from __future__ import annotations

from bisect import bisect_left, insort

from imgsimd.paths import slashed
from imgsimd.types import FilePath

_FEW_CHANGES = 64
"""Up to this many changes are made one by one; more are cheaper all at once."""


class SortedPaths:
    """A set of paths. It takes 8 bytes for each; a change costs next to nothing until `below`.

    A folder may have a closing slash; then it counts as something below itself.
    """

    def __init__(self) -> None:
        self._paths: list[FilePath] = []
        self._changes: dict[FilePath, bool] = {}
        """Paths that have come (True) or gone since `_paths` was brought up to date."""

    def add(self, path: FilePath) -> None:
        """Adds the path, unless it is there already."""
        self._changes[path] = True

    def discard(self, path: FilePath) -> None:
        """Removes the path, if it is there."""
        self._changes[path] = False

    def below(self, folder: FilePath) -> list[FilePath]:
        """All paths below the folder, each after what is in it."""
        self._update()
        start = slashed(folder)
        end = start[:-1] + b"0"  # "0" follows "/"
        found = self._paths[bisect_left(self._paths, start) : bisect_left(self._paths, end)]
        return found[::-1]

    def _update(self) -> None:
        changes, self._changes = self._changes, {}
        if len(changes) > _FEW_CHANGES:
            kept = [path for path in self._paths if path not in changes]
            self._paths = kept + sorted(path for path, is_there in changes.items() if is_there)
            self._paths.sort()  # two sorted runs, which are merged
            return
        for path, is_there in changes.items():
            self._change(path, is_there)

    def _change(self, path: FilePath, is_there: bool) -> None:
        at = bisect_left(self._paths, path)
        was_there = self._paths[at : at + 1] == [path]
        if is_there and not was_there:
            insort(self._paths, path, lo=at)
        elif was_there and not is_there:
            del self._paths[at]
