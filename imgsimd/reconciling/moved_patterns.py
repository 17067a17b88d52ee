"""Patterns of `ignore` follow the folders that they mean, as images do.

What `pattern_readings` must know is noted here: which patterns were in the configuration when a
folder moved, and its former path.

1. It is noted before the images follow, and stored, so that nothing that was left out is looked at
   in the new place, not even after a crash or a restart.
2. The former path of a folder goes with it however often it moves, and with what is in it.
3. Where only photos were copied, the former place keeps what was noted of it.
4. It is forgotten as soon as the pattern is no longer in the configuration as it was written then.
5. A folder in a root has moved if photos of it are found again, by their inodes, in another folder
   and it is not there any more; or if a user says so, by `imgsimctl relocate`. Whoever renames
   the very folder that a pattern leaves out, or takes photos out of it, lets them in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping

from imgsimd import patterns
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import is_below, is_within, moved, text
from imgsimd.types import FilePath, MovedPattern


class MovedPatterns:
    """Lives on the event loop."""

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery
        self._texts: Collection[str] = ()
        self._is_loaded = False
        self.known = set[MovedPattern]()
        """What is noted, of patterns that are in the configuration; nothing before `load`."""
        self._instead: dict[MovedPattern, list[str]] = {}

    def configure(self, ignore: Collection[str]) -> None:
        """These are the patterns from now on."""
        self._texts = [t for t in ignore if patterns.is_path(patterns.read(t))]
        self.known = self._configured(self.known)
        self._is_loaded = False

    @property
    def are_any(self) -> bool:
        """Whether there are patterns that could follow a folder."""
        return bool(self._texts)

    @property
    def notes(self) -> Iterator[str]:
        """How the patterns that hold for a folder in its new place would be written today."""
        for each in self.known:
            if instead := self._instead.get(each):
                yield (
                    f"The pattern `{each.pattern}` in `ignore` holds for {text(each.place)}, too, "
                    "where the folder that it names is now. To write it so: "
                    + ", ".join(f"`{pattern}`" for pattern in instead)
                )

    async def load(self) -> None:
        """Reads what is stored, once, and forgets what is not in the configuration any more."""
        if not self._is_loaded:
            stored = await self._gallery.of_folders(Folders.patterns)
            await self._store(self._configured(stored), stored)
            self._is_loaded = True

    async def follow(self, moves: Mapping[FilePath, FilePath], is_copied: bool = False) -> None:
        """These folders are about to be followed, each to its new place, all at once."""
        if self._texts:
            stored = await self._gallery.of_folders(Folders.patterns)
            about = [each for move in moves.items() for each in await self._about(*move)]
            await self._store({*about, *_carried(stored, moves, is_copied)}, stored)

    async def _about(self, old: FilePath, new: FilePath) -> Iterable[MovedPattern]:
        """The patterns that have meant something in the folder by its path."""
        was_root = await self._gallery.of_folders(Folders.remembered, old) is not None
        return await asyncio.to_thread(
            lambda: [
                MovedPattern(t, new, old)
                for t in self._texts
                if was_root or patterns.by_path(patterns.read(t), text(old))
            ]
        )

    def _configured(self, known: Iterable[MovedPattern]) -> set[MovedPattern]:
        return {each for each in known if each.pattern in self._texts}

    async def _store(self, known: set[MovedPattern], stored: set[MovedPattern]) -> None:
        self.known = {each for each in known if each.place != each.former}
        self._instead = await asyncio.to_thread(_instead, self.known)
        if self.known != stored:
            await self._gallery.of_folders(Folders.set_patterns, self.known)


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
