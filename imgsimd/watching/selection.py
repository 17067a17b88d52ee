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
        ignored = _any_of(p for p in patterns if "/" not in p)
        endings = b"|".join(re.escape(os.fsencode(e.lstrip("."))) for e in extensions)
        self._ignored_name = re.compile(ignored, re.DOTALL)
        self._photo_name = re.compile(rb"(?!%s).*\.(?i:%s)\Z" % (ignored, endings), re.DOTALL)
        whole = [p.strip("/") for p in patterns if "/" in p]
        self._ignored_path = re.compile(_any_of(whole), re.DOTALL) if whole else None

    def enters(self, root: FilePath, folder: FilePath) -> bool:
        """Whether the folder, directly below one that is entered itself, is looked into."""
        return not self._ignored(root, folder)

    def looks_into(self, root: FilePath, folder: FilePath) -> bool:
        """Whether the folder, at or anywhere below the root, is looked into."""
        return folder == root or (self.enters(root, folder) and self.reaches(root, folder))

    def takes(self, root: FilePath, file: FilePath) -> bool:
        """Whether the file, in a folder that is entered, is a photo to index."""
        is_photo = self._photo_name.match(file, file.rfind(b"/") + 1) is not None
        return is_photo and not (self._ignored_path and self._ignored(root, file))

    def reaches(self, root: FilePath, path: FilePath) -> bool:
        """Whether every folder between the root and the path is entered."""
        parent = os.path.dirname(path)
        while len(parent) > len(root):
            if self._ignored(root, parent):
                return False
            parent = os.path.dirname(parent)
        return True

    def _ignored(self, root: FilePath, path: FilePath) -> bool:
        if self._ignored_name.match(path, path.rfind(b"/") + 1):
            return True
        return bool(self._ignored_path and self._ignored_path.match(path, len(root) + 1))


def _any_of(patterns: Iterable[str]) -> bytes:
    """A regular expression for bytes; of no patterns, one that matches nothing."""
    translated = [fnmatch.translate(os.fsencode(p).decode("latin-1")) for p in patterns]
    return "|".join(translated or ["(?!)"]).encode("latin-1")
