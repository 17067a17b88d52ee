"""Finds folders that have images in the catalog, but are no longer any root."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from imgsimd.gallery.catalog.root_memory import Remembered
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.lookalikes import specimens
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import enclosing
from imgsimd.types import FilePath, ImageId, Known, RootState
from imgsimd.watching.root_paths import RootPaths
from imgsimd.watching.watched_root import Identity, Root, disk_is_there, unchanged


@dataclass(frozen=True, slots=True)
class Lost:
    """A folder that has images in the catalog, but is no longer any root."""

    path: FilePath
    identity: Identity
    sample: list[Known]
    after: ImageId | None
    """The last image id that had been given when the folder was found gone."""
    is_gone: bool
    is_meant: bool
    """Whether a path in the configuration leads to it, or has led to it."""
    heirs: list[FilePath]
    """The folders to which paths in the configuration lead now that led to it before."""

    async def unchanged_in(self, new: FilePath) -> list[Known]:
        """The images of the sample whose photos are unchanged at the same place below `new`."""
        return await asyncio.to_thread(unchanged, self.sample, self.path, new)

    async def has_left_its_disk(self) -> bool:
        """Whether its disk is still there: then the folder was moved or deleted."""
        return await asyncio.to_thread(disk_is_there, self.path, self.identity.filesystem)


class LostFolders:
    """Runs on the event loop."""

    def __init__(
        self, gallery: GalleryThread, look_at: Callable[[FilePath], Awaitable[Root]]
    ) -> None:
        """`look_at` looks at a folder that may be no root."""
        self._gallery = gallery
        self._look_at = look_at

    async def find(
        self, seen: Iterable[Remembered], roots: Sequence[Root], names: RootPaths
    ) -> list[Lost]:
        """Finds those of the folders that were `seen`: roots, and disks mounted in them."""
        online = [root.path for root in roots if root.state is RootState.ONLINE]
        away = {folder for root in roots for folder in root.away}
        mounted = {mount.place for root in roots for mount in root.mounts}
        heirs = await self._heirs(names, online)
        lost: list[Lost] = []
        for each in seen:
            if each.path in online and each.lost_after is not None:
                await self._gallery.of_folders(Folders.set_lost, each.path, False)
            is_part = enclosing(each.path, online) is not None
            if each.path in away or not (is_part or each.path in online):
                found = await self._as_lost(each, roots, heirs.get(each.path, []))
                lost += [found] if found else []
            elif is_part and each.path not in mounted:  # a root once, and a plain folder now
                await self._gallery.of_folders(Folders.disown, each.path)
        return lost

    async def _as_lost(
        self, each: Remembered, roots: Sequence[Root], heirs: list[FilePath]
    ) -> Lost | None:
        sample = await self._gallery.of_images(specimens, each.path)
        if not sample:
            return None
        configured = {root.path: root for root in roots}
        found = configured.get(each.path) or await self._look_at(each.path)
        if found.is_gone and each.lost_after is None:
            after = await self._gallery.of_folders(Folders.set_lost, each.path, True)
            each = each._replace(lost_after=after)
        if not found.is_gone and not heirs:
            return None
        is_meant = each.path in configured or bool(heirs)
        identity = Identity(*each.identity)
        return Lost(each.path, identity, sample, each.lost_after, found.is_gone, is_meant, heirs)

    async def _heirs(
        self, names: RootPaths, online: Sequence[FilePath]
    ) -> dict[FilePath, list[FilePath]]:
        """For each folder, where the paths in the configuration that led to it lead now."""
        places = dict(names.items())
        meanings = await self._gallery.of_folders(Folders.meanings)
        fresh = [m for m in places.items() if m[1] in online and m not in meanings]
        if fresh:
            await self._gallery.of_folders(Folders.note_meanings, fresh)
        heirs: dict[FilePath, list[FilePath]] = {}
        for name, before in [*meanings, *((name, os.path.normpath(name)) for name in places)]:
            if name in places and places[name] != before:
                heirs.setdefault(before, []).append(places[name])
        return heirs
