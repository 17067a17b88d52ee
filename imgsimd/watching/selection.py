"""Decides which names are photos: by their extensions, and by what is left out."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence

from imgsimd import extensions
from imgsimd.skips import Reason
from imgsimd.types import FilePath, MovedPattern
from imgsimd.watching import folder_rules
from imgsimd.watching.builtin_ignores import BuiltIn
from imgsimd.watching.configured_ignores import Ignoring
from imgsimd.watching.folder_rules import Rules
from imgsimd.watching.links import Links


class Selection:
    """Decides by names alone, so that nothing has to be opened.

    1. The rules that lie in folders decide, as far as they are given.
    2. If none matches, the user's patterns decide.
    3. If none matches, the built-in patterns decide.

    Whatever is in a folder that is left out is left out.
    """

    def __init__(
        self,
        ignore: Iterable[str],
        endings: Iterable[str],
        follow_links: bool = False,
        any_extension: bool = False,
        roots: Sequence[FilePath] = (),
    ) -> None:
        """Takes the settings of these names; `endings` is `extensions`."""
        self.links = Links(follow_links, roots, self._takes_by_names, self._is_unwanted)
        self._any_extension = any_extension
        self._ignoring = Ignoring(ignore)
        self._builtin = BuiltIn(without=self._ignoring.let_in)
        any_ending = b"|".join(re.escape(os.fsencode(ending)) for ending in endings)
        self._ending = re.compile(rb".*\.(?i:%s)\Z" % any_ending, re.DOTALL)
        self._plain_photo = re.compile(
            rb"(?!%s)%s" % (self._builtin.name, self._ending.pattern), re.DOTALL
        )

    def set_moved_patterns(self, moved_patterns: Collection[MovedPattern]) -> None:
        """See `Ignoring.set_moved`."""
        self._ignoring.set_moved(moved_patterns)

    @property
    def idle_patterns(self) -> list[str]:
        """The user's patterns that have matched nothing yet."""
        return self._ignoring.unmatched

    def enters(self, root: FilePath, folder: FilePath, rules: Rules = ()) -> bool:
        """Whether the folder is looked into; the folder that it lies in is."""
        return not self._leaves_out(root, folder, rules, is_folder=True)

    def may_be_folder(self, root: FilePath, link: FilePath, rules: Rules) -> bool:
        """Whether a link, in a folder that is looked into, may lead to a folder. If links are not
        followed, one that has no extension may."""
        looks_so = self.links.are_followed or b"." not in os.path.basename(link)
        return looks_so and self.enters(root, link, rules)

    def skipped(self, root: FilePath, file: FilePath, rules: Rules = ()) -> tuple[Reason, str]:
        """Why this file, which is not taken, is not indexed, and its ending; its folder is looked
        into."""
        name = os.path.basename(file)
        ending = extensions.of_name(name)
        if self.has_ending(file) or self._leaves_out(root, file, rules, is_folder=False):
            return Reason.LEFT_OUT, ending
        if not ending and b"." not in name[1:]:
            return Reason.NO_EXTENSION, ""
        return extensions.reason(ending), ending

    def looks_into(self, root: FilePath, folder: FilePath) -> bool:
        """Whether the folder, at or anywhere below the root, is looked into, by names alone."""
        while len(folder) > len(root):
            if not self.enters(root, folder):
                return False
            folder = os.path.dirname(folder)
        return True

    def has_ending(self, file: FilePath) -> bool:
        """Whether the file has a photo's extension, or may be a photo with any."""
        if self._ending.match(file, file.rfind(b"/") + 1):
            return True
        return self._any_extension and extensions.may_be_photo(os.path.basename(file))

    def takes(self, root: FilePath, file: FilePath, rules: Rules = ()) -> bool:
        """Whether the file is a photo to index; its folder is looked into."""
        is_simple = not (rules or self._ignoring or self._any_extension)
        if is_simple:  # one regular expression does it all
            return self._plain_photo.match(file, file.rfind(b"/") + 1) is not None
        return self.has_ending(file) and not self._leaves_out(root, file, rules, is_folder=False)

    def _takes_by_names(self, root: FilePath, file: FilePath) -> bool:
        return self.takes(root, file) and self.looks_into(root, os.path.dirname(file))

    def _is_unwanted(self, root: FilePath, file: FilePath) -> bool:
        """Whether the user's patterns leave the file out, or a folder between it and the root."""
        is_folder, path = False, file
        while len(path) > max(len(root), 1):
            if self._ignoring.verdict(root, path, is_folder):
                return True
            is_folder, path = True, os.path.dirname(path)
        return False

    def _leaves_out(self, root: FilePath, path: FilePath, rules: Rules, is_folder: bool) -> bool:
        verdict = folder_rules.verdict(rules, path, is_folder)
        if verdict is None:
            verdict = self._ignoring.verdict(root, path, is_folder)
        return self._builtin.leaves_out(path) if verdict is None else verdict
