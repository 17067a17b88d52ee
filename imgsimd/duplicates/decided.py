"""What users have decided, as a search for duplicates asks for it."""

from __future__ import annotations

from collections.abc import Iterable

from imgsimd.gallery.catalog.not_duplicates import Decision, decision
from imgsimd.types import ContentHash


class Decided:
    """All decisions of one moment."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._files = {(each.first, each.second): each.files for each in decisions}

    def are_apart(self, one: ContentHash, other: ContentHash) -> bool:
        """Whether these two different contents are no duplicates."""
        each = decision(one, other)
        return (each.first, each.second) in self._files

    def may_exist(self, content: ContentHash) -> int:
        """How many files with this content are no duplicates of each other; 0 if nobody said so."""
        return self._files.get((content, content), 0)
