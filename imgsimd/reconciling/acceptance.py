"""The user says which folder is meant: one to watch, or the new place of one that has moved."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import NamedTuple

from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import enclosing
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.health_check import HealthCheck
from imgsimd.reconciling.relocation import Move, Relocated
from imgsimd.reconciling.survey import Survey
from imgsimd.types import FilePath
from imgsimd.watching.watched_root import Root, probe


class Accepted(NamedTuple):
    """The answer to a user who has asked to have a folder watched."""

    place: FilePath
    """Its real path."""
    part_of: FilePath | None
    """The root that it lies in, if any."""
    is_left_out: bool
    """Whether it is left out of that root."""
    moves: list[Move]
    """Folders that were found to have moved, to this folder or elsewhere."""


class Acceptance:
    """Runs on the event loop."""

    def __init__(
        self, gallery: GalleryThread, roots: ConfiguredRoots, survey: Survey, check: HealthCheck
    ) -> None:
        self._gallery = gallery
        self._roots = roots
        self._survey = survey
        self._check = check

    async def accept(self, name: FilePath, is_meant: bool) -> Accepted:
        """The user wants this folder watched, which the configuration names already.

        If `is_meant`, the user says that the folder which is there now is the one to watch, with
        the disks mounted in it. Unless another folder has moved there, it becomes the root even if
        a different one was watched at this path before.
        """
        known = len(self._roots.relocator.moves)
        await self._check.done()
        place = await asyncio.to_thread(os.path.realpath, name)
        root = next((r for r in self._roots.supervisor.found if r.path == place), None)
        if is_meant and root and root.identity and (root.is_gone or root.away):
            await self._take_what_is_there(root)
            await self._check.done()
        outer = enclosing(place, self._roots.paths)
        is_left_out = outer is not None and not self._survey.selection.looks_into(outer, place)
        return Accepted(place, outer, is_left_out, self._roots.relocator.moves[known:])

    async def relocate(self, sources: Iterable[FilePath], new: FilePath) -> Relocated:
        """See `Relocator.relocate`. Also accepts the folder that is at `new` now."""
        found = await self._roots.relocator.relocate(sources, new)
        await self._roots.look_at_names()
        if new in self._roots.paths:
            await self._remember(new)
        return found

    async def _take_what_is_there(self, root: Root) -> None:
        await self._gallery.of_folders(Folders.disown, root.path)
        for folder in [root.path, *(mount.place for mount in root.inner_mounts)]:
            await self._remember(folder)

    async def _remember(self, folder: FilePath) -> None:
        identity = (await asyncio.to_thread(probe, folder)).identity
        if identity is not None:
            await self._gallery.of_folders(Folders.remember, folder, identity)
