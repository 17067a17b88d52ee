"""Recognises watched folders that have moved; their images follow and keep their ids.

A watched folder that is gone has moved
1. if another watched folder has its identity (file system and inode) and holds at least one of its
   photos unchanged: it was renamed, and all images follow; or
2. if most photos of a sample are in another watched folder at the same relative paths, by size and
   mtime or, once they are indexed, by content: it was copied, and each image follows whose photo
   is there.

Exception to 2: if images of both folders were known at the same time, the old folder's disk may
just not be mounted. Then nothing is done, and the user is told the command to run if it has moved.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from imgsimd.gallery.catalog.root_memory import Remembered
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.lookalikes import lookalikes
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import enclosing, is_nested
from imgsimd.reconciling import same_folder
from imgsimd.reconciling.lost_folders import Lost, LostFolders
from imgsimd.reconciling.move_messages import MoveMessages
from imgsimd.reconciling.relocation import Relocator
from imgsimd.types import FilePath, Known, RootState
from imgsimd.watching.root_paths import RootPaths
from imgsimd.watching.watched_root import Identity, Root


class MovedFolders:
    """Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        relocator: Relocator,
        look_at: Callable[[FilePath], Awaitable[Root]],
    ) -> None:
        """`look_at` looks at a folder that may be no root."""
        self._gallery = gallery
        self._relocator = relocator
        self._lost_folders = LostFolders(gallery, look_at)
        self._looked: object = None
        self.messages = MoveMessages(gallery, relocator)

    async def follow(self, roots: Sequence[Root], names: RootPaths) -> bool:
        """Follows the folders that have moved. `roots` were just looked at and are not searchable
        yet.

        True if images have moved: then the roots must be looked at again.
        """
        version = await self._gallery.do(lambda gallery: gallery.version)
        now = (version, [root.found for root in roots], list(names.items()))
        if now == self._looked:
            return False
        self._looked, count = now, len(self._relocator.moves)
        seen = await self._gallery.of_folders(Folders.seen)
        lost = await self._lost_folders.find(seen, roots, names)
        self.messages.suggested = {}
        moved = await self._follow_renamed(lost, _present(roots, seen))
        for folder in lost:
            if folder.path not in moved and enclosing(folder.path, moved) is None:
                await self._follow_copied(folder, roots)
        await self.messages.update(roots, names)
        return len(self._relocator.moves) > count

    async def _follow_renamed(
        self, lost: Sequence[Lost], present: Mapping[Identity, FilePath]
    ) -> set[FilePath]:
        """Moves the images of folders that were renamed; returns the old paths of these.

        A folder is not followed to a path with images of another folder, unless that has moved,
        too.
        """
        moves: dict[FilePath, FilePath] = {}
        replaced = {folder.path for folder in lost if folder.is_gone}
        for folder in lost:
            new = present.get(folder.identity)
            if not folder.is_gone or new is None or new in moves.values():
                continue
            if not is_nested(new, folder.path) and await folder.unchanged_in(new):
                moves[folder.path] = new
        while taken := [o for o, n in moves.items() if n not in moves and n in replaced]:
            moves = {old: new for old, new in moves.items() if old not in taken}
        if moves:
            await self._relocator.rename(moves)
        return set(moves)

    async def _follow_copied(self, folder: Lost, roots: Sequence[Root]) -> None:
        online = [root.path for root in roots if root.state is RootState.ONLINE]
        for new in online:
            is_fresh = folder.is_gone and not await self._relocator.knows(new)
            if new not in folder.heirs and not is_fresh:
                continue
            inside = os.path.join(new, os.path.basename(folder.path))
            for place in (new, inside) if folder.is_gone else (new,):
                if await _is_in(folder, place):
                    await self._relocator.follow(folder.path, place)
                    return
        pairs = await self._gallery.of_images(lookalikes, folder.sample, online)
        for new, twins in same_folder.candidates(pairs, folder.path).items():
            if same_folder.is_likely({image for image, _ in twins}, folder.sample):
                await self._follow_known(folder, new, [twin for _, twin in twins])
                return

    async def _follow_known(self, folder: Lost, new: FilePath, twins: Iterable[Known]) -> None:
        """Decides about a folder whose photos are also indexed in `new`."""
        if new in folder.heirs:
            await self._relocator.follow(folder.path, new)
        elif folder.is_gone:
            is_young = folder.after is not None and all(t.id > folder.after for t in twins)
            if is_young or (folder.is_meant and await folder.has_left_its_disk()):
                await self._relocator.follow(folder.path, new)
            else:
                self.messages.suggested[folder.path] = new


def _present(roots: Sequence[Root], seen: Iterable[Remembered]) -> dict[Identity, FilePath]:
    """By identity, the folders that are there: the roots, and disks mounted in them."""
    online = [root for root in roots if root.state is RootState.ONLINE]
    mounts = [m for root in online for m in root.inner_mounts if m.place not in root.away]
    mounted = {mount.place for mount in mounts if mount.has_id}
    found = {Identity(*each.identity): each.path for each in seen if each.path in mounted}
    found |= {r.identity: r.path for r in roots if r.identity and r.is_folder(r.identity)}
    return {identity: path for identity, path in found.items() if identity.filesystem}


async def _is_in(folder: Lost, new: FilePath) -> bool:
    if is_nested(new, folder.path):
        return False
    return same_folder.is_likely(await folder.unchanged_in(new), folder.sample)
