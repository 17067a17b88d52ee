"""Remembers for which folders the patterns in `ignore` were written, when folders have moved.

For each folder that has moved, `pattern_readings` needs its former path, and the patterns that were
in the configuration then.

1. Both are stored before the images follow, so that nothing is indexed in the new place that was
   left out in the old one, even after a crash or a restart.
2. They stay with the folder, and with the folders in it, however often it moves.
3. If photos were only copied, they hold for both places.
4. They are dropped when the pattern is no longer in the configuration as it was written.
5. A folder inside a root has moved if it is gone and its photos are found, by inode, in another
   folder, or if the user says so with `imgsimctl relocate`. A folder that is left out itself is not
   followed: when it is renamed, or photos are moved out of it, they are indexed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping

from imgsimd import patterns
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import is_below, is_within, moved, text
from imgsimd.problems import Finding
from imgsimd.types import FilePath, MovedPattern


class MovedPatterns:
    """Runs on the event loop."""

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery
        self._texts: Collection[str] = ()
        self._is_loaded = False
        self.known = set[MovedPattern]()
        """The moves of folders, for patterns that are in the configuration; empty before `load`."""
        self._instead: dict[MovedPattern, list[str]] = {}

    def configure(self, ignore: Collection[str]) -> None:
        """Takes the patterns in the configuration."""
        self._texts = [t for t in ignore if patterns.is_path(patterns.read(t))]
        self.known = {each for each in self.known if each.pattern in self._texts}
        self._is_loaded = False

    @property
    def are_any(self) -> bool:
        """Whether there are patterns that could follow a folder."""
        return bool(self._texts)

    @property
    def notes(self) -> Iterator[Finding]:
        """Which patterns name a folder by its former path, and how to write them now."""
        for each in self.known:
            if instead := self._instead.get(each):
                new = ", ".join(f"`{pattern}`" for pattern in instead)
                yield Finding(
                    f"The folder that `{each.pattern}` in `ignore` names is now "
                    f"{text(each.place)}. The pattern still works",
                    f"To name the new path, write {new} instead.",
                )

    async def load(self) -> None:
        """Reads what is stored, once after `configure` or `check_stored`; drops patterns that are
        not configured."""
        if not self._is_loaded:
            stored = await self._gallery.of_folders(Folders.patterns)
            known = {each for each in {*stored, *self.known} if each.pattern in self._texts}
            await self._set(known, stored)
            self._is_loaded = True

    def check_stored(self) -> None:
        """After a change of database: has the next `load` store what is missing there."""
        self._is_loaded = False

    async def follow(self, moves: Mapping[FilePath, FilePath], is_copied: bool = False) -> None:
        """Notes the patterns for these folders, all at once, before their images follow them, each
        to its new place."""
        if self._texts:
            await self.load()
            about = [each for move in moves.items() for each in await self._about(*move)]
            await self._set({*about, *_carried(self.known, moves, is_copied)}, self.known)

    async def _about(self, old: FilePath, new: FilePath) -> Iterable[MovedPattern]:
        """The patterns that leave something out of the folder, or let it in, by its path."""
        was_root = await self._gallery.of_folders(Folders.remembered, old) is not None
        return await asyncio.to_thread(
            lambda: [
                MovedPattern(t, new, old)
                for t in self._texts
                if was_root or patterns.by_path(patterns.read(t), text(old))
            ]
        )

    async def _set(self, known: set[MovedPattern], stored: set[MovedPattern]) -> None:
        known = {each for each in known if each.place != each.former}
        if known != stored:
            await self._gallery.of_folders(Folders.set_patterns, known)
        self._instead = await asyncio.to_thread(_instead, known)
        self.known = known


def _instead(known: Iterable[MovedPattern]) -> dict[MovedPattern, list[str]]:
    return {
        each: patterns.for_moved_folder(each.pattern, text(each.former), text(each.place))
        for each in known
    }


def _carried(
    known: Iterable[MovedPattern], moves: Mapping[FilePath, FilePath], is_copied: bool
) -> Iterator[MovedPattern]:
    for pattern, place, former in known:
        around = {old: new for old, new in moves.items() if is_within(place, old)}
        for old, new in around.items():
            yield MovedPattern(pattern, moved(place, old, new), former)
        for old, new in moves.items():
            if is_below(old, place):
                yield MovedPattern(pattern, new, moved(old, place, former))
        if is_copied or not around:
            yield MovedPattern(pattern, place, former)
