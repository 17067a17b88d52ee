"""The selection for single paths: the rules of the folders above them are read from the disk."""

from __future__ import annotations

import os

from imgsimd.types import FilePath
from imgsimd.watching import folder_rules
from imgsimd.watching.folder_rules import Rules
from imgsimd.watching.selection import Selection


class PathSelection:
    """What is selected below one root. Each folder is read only once, so use it for one look and do
    not keep it. Blocks as long as the disk does."""

    def __init__(self, root: FilePath, selection: Selection) -> None:
        self.links = selection.links
        self._root = root
        self._selection = selection
        self._rules: dict[FilePath, Rules | None] = {}
        self._linked: dict[FilePath, bool] = {}

    def takes(self, file: FilePath) -> bool:
        """Whether the file, at or anywhere below the root, is a photo to index."""
        if not self._selection.has_ending(file):
            return False
        rules = self.rules(os.path.dirname(file))
        is_chosen = rules is not None and self._selection.takes(self._root, file, rules)
        return is_chosen and not self.is_beyond_link(file)

    def is_beyond_link(self, path: FilePath) -> bool:
        """Whether a folder between the root and the path is a symbolic link: then what is there
        really lies elsewhere."""
        folder = os.path.dirname(path)
        if len(folder) <= len(self._root):
            return False
        if folder not in self._linked:
            self._linked[folder] = os.path.islink(folder) or self.is_beyond_link(folder)
        return self._linked[folder]

    def looks_into(self, folder: FilePath) -> bool:
        """Whether the folder, at or anywhere below the root, is looked into. Its own rules may
        still leave out all that is in it."""
        if folder == self._root:
            return True
        rules = self.rules(os.path.dirname(folder))
        return rules is not None and self._selection.enters(self._root, folder, rules)

    def rules(self, folder: FilePath) -> Rules | None:
        """The rules for what is in the folder; None if all of it is left out."""
        unknown: list[FilePath] = []
        while folder not in self._rules and len(folder) > len(self._root):
            unknown.append(folder)
            folder = os.path.dirname(folder)
        if folder not in self._rules:
            self._rules[folder] = folder_rules.inside(folder, folder_rules.find(folder), ())
        rules = self._rules[folder]
        for inner in reversed(unknown):
            if rules is not None and self._selection.enters(self._root, inner, rules):
                rules = folder_rules.inside(inner, folder_rules.find(inner), rules)
            else:
                rules = None
            self._rules[inner] = rules
        return rules
