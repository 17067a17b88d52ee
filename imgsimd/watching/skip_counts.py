"""How much of what lies in the folders is not indexed, as their last scans found it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from imgsimd.skips import Reason, Skip
from imgsimd.types import FilePath
from imgsimd.watching.sorted_paths import SortedPaths

_MOST_KINDS = 250
"""Extensions that are counted apart in one root; further ones count as having none."""
_Key: TypeAlias = tuple[Reason, str]
"""Reason and extension."""


class _Counted(NamedTuple):
    """What is in one folder. Of 20,000 folders, this takes a few MiB."""

    root: FilePath
    skips: tuple[Skip, ...]
    """Without examples: folders share them."""
    names: bytes
    """An example for each, joined by slashes."""


class SkipCounts:
    """The counts of each folder, and their sums for each root."""

    def __init__(self) -> None:
        self._by_folder: dict[FilePath, _Counted] = {}
        self._paths = SortedPaths()
        self._totals: dict[FilePath, Counter[_Key]] = defaultdict(Counter)

    def note(
        self,
        top: FilePath,
        found: Mapping[FilePath, tuple[FilePath, Sequence[Skip]]],
        unchanged: Collection[FilePath],
    ) -> None:
        """A scan of `top` has `found` these in folders of a root, and skipped the `unchanged`
        folders; both have closing slashes."""
        for folder in self._paths.below(top):
            if folder not in unchanged:
                self._drop(folder)
        for folder, (root, skips) in found.items():
            self._drop(folder)
            self._add(folder, root, skips)

    def _drop(self, folder: FilePath) -> None:
        if counted := self._by_folder.pop(folder, None):
            self._paths.discard(folder)
            total = self._totals[counted.root]
            for skip in counted.skips:
                key = skip.reason, skip.extension
                total[key] -= skip.files
                if not total[key]:
                    del total[key]

    def _add(self, folder: FilePath, root: FilePath, skips: Sequence[Skip]) -> None:
        if not skips:
            return
        total, shared = self._totals[root], list[Skip]()
        for skip in skips:
            is_apart = (skip.reason, skip.extension) in total or len(total) < _MOST_KINDS
            shared.append(_shared(skip.reason, skip.extension if is_apart else "", skip.files))
            total[skip.reason, shared[-1].extension] += skip.files
        names = b"/".join(skip.example for skip in skips)
        self._by_folder[folder] = _Counted(root, tuple(shared), names)
        self._paths.add(folder)

    def of(self, root: FilePath) -> list[Skip]:
        """What is below the root and is not indexed, without examples. Asks no folder."""
        total = self._totals.get(root, Counter())
        return [Skip(*key, count) for key, count in sorted(total.items())]

    def with_examples(self, root: FilePath) -> list[Skip]:
        """As `of`, with a path for each. Looks at all folders: milliseconds for thousands."""
        examples = dict(self._examples(root))
        return [s._replace(example=examples[s.reason, s.extension]) for s in self.of(root)]

    def _examples(self, root: FilePath) -> Iterator[tuple[_Key, FilePath]]:
        for folder in self._paths.below(root):
            counted = self._by_folder[folder]
            if counted.root == root:
                for skip, name in zip(counted.skips, counted.names.split(b"/"), strict=True):
                    yield (skip.reason, skip.extension), folder + name


@lru_cache(maxsize=4096)
def _shared(reason: Reason, extension: str, files: int) -> Skip:
    """Most folders have one of few numbers of files of few kinds."""
    return Skip(reason, extension, files)
