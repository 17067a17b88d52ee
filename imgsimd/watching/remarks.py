"""What a scan noticed about folders, and the user should know: rules without effect, links, and
files that are not indexed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from imgsimd.paths import folder_of, slashed, unslashed
from imgsimd.problems import Finding
from imgsimd.skips import Skip
from imgsimd.types import FilePath
from imgsimd.watching.skip_counts import SkipCounts
from imgsimd.watching.sorted_paths import SortedPaths
from imgsimd.words import counted

_MOST_SENTENCES = 3
"""The most sentences of one kind about one root."""


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
        self.skips = SkipCounts()
        self._by_folder: dict[FilePath, Remark] = {}
        self._paths = SortedPaths()
        self._said: dict[FilePath, list[Finding]] = {}

    def note(
        self, top: FilePath, found: Mapping[FilePath, Remark], unchanged: Collection[FilePath]
    ) -> None:
        """A scan of `top` has `found` these remarks, and skipped the `unchanged` folders; both have
        closing slashes."""
        self.skips.note(top, {path: (r.root, r.skips) for path, r in found.items()}, unchanged)
        for folder in self._paths.below(top):
            if folder not in unchanged:
                del self._by_folder[folder]
                self._paths.discard(folder)
        for folder, remark in found.items():
            if remark.problems or remark.is_about_links:
                self._paths.add(folder)
                self._by_folder[folder] = remark
        self._said.clear()

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
