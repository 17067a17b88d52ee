"""What a scan noticed about folders, and the user should know: rules without effect, links, and
files that are not indexed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from imgsimd.paths import folder_of, slashed, unslashed
from imgsimd.problems import Finding
from imgsimd.skips import Reason, Skip
from imgsimd.types import FilePath
from imgsimd.watching.sorted_paths import SortedPaths
from imgsimd.words import counted

_MOST_SENTENCES = 3
"""The most sentences of one kind about one root."""
_Key: TypeAlias = tuple[Reason, str]
"""Reason and ending."""


class Remark(NamedTuple):
    """About one folder."""

    problems: tuple[Finding, ...] = ()
    """One for each of its rules that has no effect, or more effect than was meant."""
    skips: tuple[Skip, ...] = ()
    """What is in it and is not indexed; the examples are names."""
    unfollowed: int = 0
    """Number of symbolic links in it that are not followed and may lead to photos."""
    broken: int = 0
    """Number of links that would be followed, but lead nowhere."""
    folders: int = 0
    """Number of links to folders that are not watched."""
    root: FilePath = b""
    """The root that the folder was scanned for."""

    @property
    def is_about_links(self) -> bool:
        return bool(self.unfollowed or self.broken or self.folders)


NONE = Remark()


class Remarks:
    """The remark of each folder's last scan."""

    def __init__(self) -> None:
        self._by_folder: dict[FilePath, Remark] = {}
        self._paths = SortedPaths()
        self._totals: dict[FilePath, Counter[_Key]] = defaultdict(Counter)
        self._said: dict[FilePath, list[Finding]] = {}

    def note(
        self, top: FilePath, found: Mapping[FilePath, Remark], unchanged: Collection[FilePath]
    ) -> None:
        """A scan of `top` has `found` these remarks, and skipped the `unchanged` folders; both have
        closing slashes."""
        for folder in self._paths.below(top):
            if folder not in unchanged and folder not in found:
                self._count(self._by_folder.pop(folder), -1)
                self._paths.discard(folder)
        for folder, remark in found.items():
            if folder in self._by_folder:
                self._count(self._by_folder[folder], -1)
            self._paths.add(folder)
            self._by_folder[folder] = remark
            self._count(remark, 1)
        self._said.clear()

    def _count(self, remark: Remark, sign: int) -> None:
        total = self._totals[remark.root]
        for skip in remark.skips:
            total[skip.reason, skip.extension] += sign * skip.files

    def skips(self, root: FilePath) -> list[Skip]:
        """What is below the root and is not indexed, without examples. Asks no folder."""
        total = self._totals.get(root, Counter())
        return [Skip(*key, count) for key, count in sorted(total.items()) if count > 0]

    def skips_with_examples(self, root: FilePath) -> list[Skip]:
        """As `skips`, with a path for each. Looks at all folders: milliseconds for thousands."""
        examples: dict[_Key, FilePath] = {}
        for folder in self._paths.below(root):
            for skip in self._by_folder[folder].skips:
                examples.setdefault((skip.reason, skip.extension), folder + skip.example)
        return [s._replace(example=examples[s.reason, s.extension]) for s in self.skips(root)]

    def about_links(self, paths: Iterable[FilePath]) -> set[FilePath]:
        """Those folders of these paths that have a remark about links."""
        folders = {folder_of(path) for path in paths}.intersection(self._by_folder)
        return {unslashed(f) for f in folders if self._by_folder[f].is_about_links}

    def reasons(self, root: FilePath) -> list[Finding]:
        """What the user should know about the root and the folders in it."""
        if root not in self._said:
            self._said[root] = self._findings(root)
        return self._said[root]

    def _findings(self, root: FilePath) -> list[Finding]:
        below = slashed(root)
        about = [r for folder, r in sorted(self._by_folder.items()) if folder.startswith(below)]
        problems = [problem for remark in about for problem in remark.problems]
        return [*_first(problems), *_about_links(about)]


def _first(problems: Sequence[Finding]) -> Iterator[Finding]:
    yield from problems[:_MOST_SENTENCES]
    if len(problems) > _MOST_SENTENCES:
        rest = len(problems) - _MOST_SENTENCES
        yield Finding(f"there are {rest:,} more messages about such files, which are not shown")


def _about_links(about: Sequence[Remark]) -> Iterator[Finding]:
    if unfollowed := sum(remark.unfollowed for remark in about):
        yield Finding(
            f"{_links(unfollowed)} not followed",
            "To index the files that they lead to, set `follow_links = true` in the configuration. "
            "If they lead to folders, watch those with `imgsimctl watch`.",
        )
    if broken := sum(remark.broken for remark in about):
        yield Finding(
            f"{_links(broken)} broken now; the next rescan looks again for what they lead to"
        )
    if folders := sum(remark.folders for remark in about):
        yield Finding(
            f"{_links(folders, ' to folders')} not followed",
            "Watch those folders with `imgsimctl watch`.",
        )


def _links(count: int, to: str = "") -> str:
    return f"{counted(count, 'symbolic link')}{to} {'is' if count == 1 else 'are'}"
