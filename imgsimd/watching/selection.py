"""Which names are photos: by extension, and not left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from imgsimd.types import FilePath
from imgsimd.watching.builtin import BuiltIn
from imgsimd.watching.ignoring import Ignoring


class Selection:
    """Decides by names alone, so that nothing has to be opened.

    The user's patterns come before the built-in ones. What is in a folder that is left out is left
    out.
    """

    def __init__(self, ignore: Iterable[str], extensions: Iterable[str]) -> None:
        """The settings of these names."""
        self._ignoring = Ignoring(ignore)
        self._builtin = BuiltIn(without=self._ignoring.let_in)
        endings = b"|".join(re.escape(os.fsencode(extension)) for extension in extensions)
        self._extension = re.compile(rb".*\.(?i:%s)\Z" % endings, re.DOTALL)
        self._plain_photo = re.compile(
            rb"(?!%s)%s" % (self._builtin.name, self._extension.pattern), re.DOTALL
        )

    @property
    def idle_patterns(self) -> list[str]:
        """Patterns of the user that have not matched anything that was looked at."""
        return self._ignoring.unmatched

    def enters(self, root: FilePath, folder: FilePath) -> bool:
        """Whether the folder, directly below one that is entered itself, is looked into."""
        verdict = self._ignoring.verdict(root, folder, is_folder=True)
        return not (self._builtin.leaves_out(folder) if verdict is None else verdict)

    def looks_into(self, root: FilePath, folder: FilePath) -> bool:
        """Whether the folder, at or anywhere below the root, is looked into."""
        return folder == root or (self.enters(root, folder) and self.reaches(root, folder))

    def takes(self, root: FilePath, file: FilePath) -> bool:
        """Whether the file, in a folder that is entered, is a photo to index."""
        name = file.rfind(b"/") + 1
        if not self._ignoring:  # the quick way
            return self._plain_photo.match(file, name) is not None
        if not self._extension.match(file, name):
            return False
        verdict = self._ignoring.verdict(root, file, is_folder=False)
        return not (self._builtin.leaves_out(file) if verdict is None else verdict)

    def reaches(self, root: FilePath, path: FilePath) -> bool:
        """Whether every folder between the root and the path is entered."""
        parent = os.path.dirname(path)
        while len(parent) > len(root):
            if not self.enters(root, parent):
                return False
            parent = os.path.dirname(parent)
        return True
