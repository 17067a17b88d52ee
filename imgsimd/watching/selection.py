"""Which names are photos: by extension, and not ignored."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable

from imgsimd.types import FilePath


class Selection:
    """Decides by names alone, so that nothing has to be opened.

    A pattern is a shell pattern (`*`, `?`, `[...]`; case counts, as it does on Linux). Without a
    slash it is compared with the name of every file and folder below a root; with one, with the
    whole path below the root. What is in an ignored folder is ignored.
    """

    def __init__(self, ignore: Iterable[str], extensions: Iterable[str]) -> None:
        patterns = list(ignore)
        self._name = _any_of(p for p in patterns if "/" not in p)
        self._whole = _any_of(p.strip("/") for p in patterns if "/" in p)
        endings = "|".join(re.escape(e.lstrip(".")) for e in extensions)
        self._extension = re.compile(rf"\.(?:{endings})$".encode(), re.IGNORECASE)

    def enters(self, root: FilePath, folder: FilePath) -> bool:
        """Whether the folder, directly below one that is entered itself, is looked into."""
        return not self._ignored(root, folder)

    def takes(self, root: FilePath, file: FilePath) -> bool:
        """Whether the file, in a folder that is entered, is a photo to index."""
        return self._extension.search(file) is not None and not self._ignored(root, file)

    def reaches(self, root: FilePath, path: FilePath) -> bool:
        """Whether every folder between the root and the path is entered."""
        parent = os.path.dirname(path)
        while len(parent) > len(root):
            if self._ignored(root, parent):
                return False
            parent = os.path.dirname(parent)
        return True

    def _ignored(self, root: FilePath, path: FilePath) -> bool:
        if self._name.match(path[path.rfind(b"/") + 1 :]):
            return True
        return self._whole.match(path[len(root) + 1 :]) is not None


def _any_of(patterns: Iterable[str]) -> re.Pattern[bytes]:
    translated = [fnmatch.translate(os.fsencode(p).decode("latin-1")) for p in patterns]
    return re.compile("|".join(translated or ["(?!)"]).encode("latin-1"), re.DOTALL)
