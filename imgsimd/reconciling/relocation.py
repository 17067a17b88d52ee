"""Moves images to the new place of their photos; they keep their ids."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from imgsimd.errors import ConfigError
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.paging import pages
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import is_nested, moved, text
from imgsimd.reconciling import planning
from imgsimd.reconciling.moved_patterns import MovedPatterns
from imgsimd.types import FilePath, Known, Plan, Rename
from imgsimd.watching import scan
from imgsimd.watching.watched_root import Identity, Root, probe

log = logging.getLogger(__name__)

IMAGES_A_STEP = 1000
"""Images moved at once: some milliseconds, so that questions get in between."""


class Move(NamedTuple):
    """A folder has moved."""

    old: FilePath
    new: FilePath
    images: int
    """How many of them have followed and kept their ids."""


class Relocated(NamedTuple):
    """How many images have followed, and how many were left because their photos are not there."""

    images: int
    left: int


class Relocator:
    """Moves images to other folders in the catalog. Runs on the event loop."""

    def __init__(
        self, gallery: GalleryThread, look_at: Callable[[FilePath], Awaitable[Root]]
    ) -> None:
        """`look_at` looks at a folder that may be no root."""
        self._gallery = gallery
        self._look_at = look_at
        self.patterns = MovedPatterns(gallery)
        self.successions: dict[FilePath, FilePath] = {}
        """Where folders have moved that are still configured, or still have images."""
        self.moves: list[Move] = []
        """All moves since the daemon started."""

    async def rename(self, moves: Mapping[FilePath, FilePath]) -> None:
        """Moves the images of folders that were renamed, each to a free path or to that of another
        of them."""
        left = dict(moves)
        while free := next((old for old, new in left.items() if new not in left), None):
            await self._rename(free, left.pop(free))
        if left:
            await self.patterns.follow(left)
            counts = {old: await self._gallery.of_images(Images.count, old) for old in left}
            await self._gallery.do(Gallery.swap_folders, left)
            for old, new in left.items():
                self._note(Move(old, new, counts[old]))

    async def follow(self, old: FilePath, new: FilePath, is_sure: bool = False) -> None:
        """Moves the images of folder `old`, whose photos are in `new` now.

        Where `new` is the very folder, every image follows. Otherwise each image follows where a
        file of the same size and mtime is, or one that is known to have its content; with
        `is_sure`, where any file of the same name is. Images whose photos are not there stay where
        they are, and follow when these turn up.
        """
        if await self._is_renamed(old, new):
            await self.rename({old: new})
        else:
            await self._copy(old, new, is_sure)

    async def _copy(self, old: FilePath, new: FilePath, is_sure: bool) -> None:
        await self.patterns.follow({old: new}, is_copied=True)
        await self._gallery.of_folders(Folders.succeed, old, new)
        count = 0
        async for page in self._pages(old):
            found = await asyncio.to_thread(_found, page, old, new, is_sure)
            count += await self._gallery.do(Gallery.inherit, found)
        self._note(Move(old, new, count))

    async def _rename(self, old: FilePath, new: FilePath) -> None:
        """Moves the images in steps; after a crash, the next start continues where this one
        ended."""
        await self.patterns.follow({old: new})
        await self._gallery.of_folders(Folders.succeed, old, new)
        count = 0
        async for page in self._pages(old):
            found = [Rename(i.id, moved(i.path, old, new), i.state) for i in page]
            count += await self._gallery.do(Gallery.inherit, found, is_folder=True)
        await self._gallery.of_folders(Folders.move_identities, old, new)
        self._note(Move(old, new, count))

    async def inherit(self, plan: Plan) -> Plan:
        """The plan, with files that turn up late in the new place of their folder as renames."""
        if not self.successions or not plan.new:
            return plan
        before = await self._gallery.of_folders(Folders.predecessors, plan.new)
        renames = [
            Rename(each.image.id, path, plan.new[path])
            for path, each in before.items()
            if plan.new[path].copied_from(each.image.state)
        ]
        return planning.with_inherited(plan, renames)

    async def sources(self, old: FilePath, new: FilePath) -> list[FilePath]:
        """The folders whose images are meant if a user says that `old` has moved to `new`: `old`
        may be a path in the configuration that has led to other folders. Empty if the images are in
        `new` already.

        Raises ConfigError if no image of `old` is known, or if none of their photos is in `new`.
        """
        if is_nested(old, new):
            raise ConfigError(f"One of the folders lies in the other: {text(old)}, {text(new)}.")
        meanings = await self._gallery.of_folders(Folders.meanings)
        meant = [old, *(place for name, place in meanings if os.path.normpath(name) == old)]
        known = [place for place in dict.fromkeys(meant) if await self.knows(place)]
        sources = [place for place in known if not is_nested(place, new)]
        has_moved = any((move.old, move.new) == (old, new) for move in self.moves)
        if not known and not has_moved:
            raise ConfigError(f"imgsimd knows no photos in {text(old)}. See `imgsimctl roots`.")
        if sources and not any([await self._is_any_in(place, new) for place in sources]):
            raise ConfigError(
                f"None of the photos that imgsimd knows in {text(old)} is in {text(new)}. Move or "
                "copy them first. Nothing has changed."
            )
        return sources

    async def relocate(self, sources: Iterable[FilePath], new: FilePath) -> Relocated:
        """Moves the images of these folders to `new`, because a user says so."""
        known, left = len(self.moves), 0
        for old in sources:
            await self.follow(old, new, is_sure=True)
            left += await self._gallery.of_images(Images.count, old)
        return Relocated(sum(move.images for move in self.moves[known:]), left)

    async def knows(self, folder: FilePath) -> bool:
        """Whether any image is known below the folder."""
        return bool(await self._gallery.of_images(Images.count, folder, 1))

    async def _is_renamed(self, old: FilePath, new: FilePath) -> bool:
        """Whether `new` is the very folder that was watched at `old`, where it is no longer."""
        identity = await self._gallery.of_folders(Folders.remembered, old)
        if identity is None:
            return False
        place = await asyncio.to_thread(probe, new)
        return place.is_folder(Identity(*identity)) and (await self._look_at(old)).is_gone

    async def _is_any_in(self, old: FilePath, new: FilePath) -> bool:
        async for page in self._pages(old):
            if await asyncio.to_thread(_found, page, old, new, True):
                return True
        return False

    def _pages(self, folder: FilePath) -> AsyncIterator[list[Known]]:
        """All images below the folder, page by page."""
        return pages(
            lambda after: self._gallery.of_images(Images.below, folder, after, IMAGES_A_STEP),
            b"",
            attrgetter("path"),
        )

    def _note(self, move: Move) -> None:
        what = "%s has moved to %s: %d photos keep their ids"
        log.warning(what, text(move.old), text(move.new), move.images)
        self.successions[move.old] = move.new
        self.successions.pop(move.new, None)  # it has moved back, or changed places
        self.moves.append(move)


def _found(images: Iterable[Known], old: FilePath, new: FilePath, is_sure: bool) -> list[Rename]:
    """The images for which there is a file in the new place. If its size or mtime differs, it may
    be another photo: with `is_sure` the image keeps its old state, so the file is read again."""
    found: list[Rename] = []
    for image in images:
        path = moved(image.path, old, new)
        if state := scan.look_through(path):
            is_alike = state.copied_from(image.state) or not is_sure
            found.append(Rename(image.id, path, state if is_alike else image.state))
    return found
