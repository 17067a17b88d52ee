"""Paths by the folder that they lie in, so that what is below one folder is found without a look
at all others: thousands of folders may come one by one."""

from __future__ import annotations

from imgsimd.paths import folder_of
from imgsimd.types import FilePath


class Tree:
    """Some folders, each with its closing slash, and files; with all folders around them."""

    def __init__(self) -> None:
        self._inside: dict[FilePath, set[FilePath]] = {}

    def add(self, path: FilePath) -> None:
        """Nothing happens if it is there already."""
        while path:
            folder = folder_of(path)
            inside = self._inside.setdefault(folder, set())
            if path in inside:
                return
            inside.add(path)
            path = folder

    def below(self, top: FilePath) -> list[FilePath]:
        """The folder and all below it, each after what is in it."""
        found = [top]
        for path in found:  # which grows
            found += self._inside.get(path, ())
        return found[::-1]

    def discard(self, path: FilePath) -> None:
        """Removes it, unless there is something in it."""
        folder = folder_of(path)
        inside = self._inside.get(folder, set())
        if path in inside and path not in self._inside:
            inside.remove(path)
            if not inside:
                del self._inside[folder]
