"""Joins watching and gallery where a whole folder has moved: its images go along, ids and all.

A watched folder is gone. It is known again where
1. another watched folder has its identity (file system and inode), and at least one known photo
   lies in that as it was: the folder was renamed; or
2. most photos of a sample lie in another watched folder at the same place below it, by size and
   mtime, or, once these are indexed, by content: it was copied. Each image follows only where its
   photo is.

By 2, nothing is done by itself where both folders were known side by side, and the old one's disk
may merely not be mounted: the user is told which command says that it has moved.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from imgsimd.gallery.catalog.root_memory import Remembered
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import covering, enclosing, is_nested, quoted, text
from imgsimd.reconciling import same_folder
from imgsimd.reconciling.relocation import Relocator
from imgsimd.types import FilePath, ImageId, Known, RootState
from imgsimd.watching.root_paths import RootPaths
from imgsimd.watching.watched_root import Identity, Root, disk_is_there, probe, unchanged


@dataclass(frozen=True, slots=True)
class _Lost:
    """A folder of which images are known, and that is not what any root is now."""

    path: FilePath
    identity: Identity
    sample: list[Known]
    after: ImageId | None
    """The last id that had been given when it was found gone."""
    is_gone: bool
    is_meant: bool
    """Whether the configuration names it."""
    heirs: list[FilePath]
    """The folders that are meant now by paths which led to it before."""


class MovedFolders:
    """Finds folders again that have moved. Lives on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        carrier: Relocator,
        look_at: Callable[[FilePath], Awaitable[Root]],
    ) -> None:
        """`look_at` looks at a folder that may be no root."""
        self._gallery = gallery
        self._relocator = carrier
        self._look_at = look_at
        self._looked: object = None
        self._suggested: dict[FilePath, FilePath] = {}
        self._unknown: set[FilePath] = set()
        """Roots that are gone, and of which nothing is known."""
        self.notes: list[str] = []
        """What a path in the configuration led to before, and is still known."""

    async def follow(self, roots: Sequence[Root], names: RootPaths) -> bool:
        """Looks for folders that are gone; `roots` were just looked at, and are not shown yet.

        True if images have moved; then some root may be found to be another than before.
        """
        version = await self._gallery.do(lambda gallery: gallery.version)
        now = (version, [root.found for root in roots], list(names.items()))
        if now == self._looked:
            return False
        self._looked, count = now, len(self._relocator.moves)
        seen = await self._gallery.of_folders(Folders.seen)
        lost = await self._lost(seen, roots, names)
        self._suggested = {}
        moved = await self._follow_renamed(lost, _present(roots, seen))
        for folder in lost:
            if folder.path not in moved and enclosing(folder.path, moved) is None:
                await self._follow_copied(folder, roots)
        await self._tidy(roots, names)
        return len(self._relocator.moves) > count

    def reason(self, root: Root) -> str:
        """The root's reason; of one that is gone, with where its photos are, as far as is known."""
        if not root.is_gone:
            return root.reason
        old = quoted(root.path)
        what = root.reason.partition("; ")[0]
        if new := self._relocator.successions.get(root.path):
            return (
                f"{what}; its photos are in {text(new)} now, where they have kept their ids. "
                f"To end this message: imgsimctl unwatch {old}"
            )
        if new := self._suggested.get(root.path):
            return (
                f"{what}; its photos are kept. The same photos are in {text(new)}: if that is "
                f"where it has moved: imgsimctl relocate {old} {quoted(new)}"
            )
        if root.path in self._unknown:
            return (
                f"{what}, and imgsimd knows no photos in it. If it is not coming back: "
                f"imgsimctl unwatch {old}"
            )
        return root.reason

    # What is lost

    async def _lost(
        self, seen: Iterable[Remembered], roots: Sequence[Root], names: RootPaths
    ) -> list[_Lost]:
        online = [root.path for root in roots if root.state is RootState.ONLINE]
        away = {folder for root in roots for folder in root.away}
        mounted = {mount.place for root in roots for mount in root.mounts}
        heirs = await self._heirs(names, online)
        lost: list[_Lost] = []
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
    ) -> _Lost | None:
        sample = await self._gallery.do(Gallery.specimens, each.path)
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
        return _Lost(each.path, identity, sample, each.lost_after, found.is_gone, is_meant, heirs)

    async def _heirs(
        self, names: RootPaths, online: Sequence[FilePath]
    ) -> dict[FilePath, list[FilePath]]:
        """By folder, what the paths that have led to it lead to now."""
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

    # Where it is

    async def _follow_renamed(
        self, lost: Sequence[_Lost], present: Mapping[Identity, FilePath]
    ) -> set[FilePath]:
        """Moves the images of folders that bear other names now; returns their former ones.

        None goes where images are known of a folder that was there, unless that has moved, too.
        """
        moves: dict[FilePath, FilePath] = {}
        replaced = {folder.path for folder in lost if folder.is_gone}
        for folder in lost:
            new = present.get(folder.identity)
            if not folder.is_gone or new is None or new in moves.values():
                continue
            if not is_nested(new, folder.path) and await _unchanged(folder, new):
                moves[folder.path] = new
        while taken := [o for o, n in moves.items() if n not in moves and n in replaced]:
            moves = {old: new for old, new in moves.items() if old not in taken}
        if moves:
            await self._relocator.rename(moves)
        return set(moves)

    async def _follow_copied(self, folder: _Lost, roots: Sequence[Root]) -> None:
        online = [root.path for root in roots if root.state is RootState.ONLINE]
        for new in online:
            is_fresh = folder.is_gone and not await self._relocator.knows(new)
            if new not in folder.heirs and not is_fresh:
                continue
            inside = os.path.join(new, os.path.basename(folder.path))
            for place in (new, inside) if folder.is_gone else (new,):
                if await _is_in(folder, place):
                    await self._follow_to(folder, place)
                    return
        pairs = await self._gallery.do(Gallery.lookalikes, folder.sample, online)
        for new, twins in same_folder.candidates(pairs, folder.path).items():
            if same_folder.is_likely({image for image, _ in twins}, folder.sample):
                await self._follow_known(folder, new, [twin for _, twin in twins])
                return

    async def _follow_known(self, folder: _Lost, new: FilePath, twins: Iterable[Known]) -> None:
        """The photos of the folder are known in a new place as well."""
        if new in folder.heirs:
            await self._relocator.copy(folder.path, new)
        elif folder.is_gone:
            is_young = folder.after is not None and all(t.id > folder.after for t in twins)
            if is_young or (folder.is_meant and await _has_left_its_disk(folder)):
                await self._follow_to(folder, new)
            else:
                self._suggested[folder.path] = new

    async def _follow_to(self, folder: _Lost, new: FilePath) -> None:
        place = await asyncio.to_thread(probe, new)
        if folder.is_gone and place.is_folder(folder.identity):
            await self._relocator.rename({folder.path: new})
        else:
            await self._relocator.copy(folder.path, new)

    async def _tidy(self, roots: Sequence[Root], names: RootPaths) -> None:
        """Nothing is said, or remembered, of moves that are over."""
        self._relocator.successions = await self._gallery.of_folders(Folders.successions)
        gone = [root.path for root in roots if root.is_gone]
        self._unknown = {path for path in gone if not await self._is_known(path, names)}
        states = {root.path: root.state for root in roots}
        for old in list(self._relocator.successions):
            is_over = old not in states and not await self._relocator.knows(old)
            if states.get(old) is RootState.ONLINE or is_over:
                del self._relocator.successions[old]
                await self._gallery.of_folders(Folders.annul, old)
        places, notes = dict(names.items()), list[str]()
        for name, before in await self._gallery.of_folders(Folders.meanings):
            if places.get(name) == before:
                continue
            if not await self._relocator.knows(before):
                await self._gallery.of_folders(Folders.drop_meaning, name, before)
            elif name in places and covering(before, states) is None:
                notes.append(_led_elsewhere(name, before))
        self.notes = notes

    async def _is_known(self, root: FilePath, names: RootPaths) -> bool:
        """Whether any image is known of what the paths to this root lead to, or have led to."""
        meanings = await self._gallery.of_folders(Folders.meanings)
        before = [place for name, place in meanings if name in names.of(root)]
        return any([await self._relocator.knows(place) for place in (root, *before)])


def _present(roots: Sequence[Root], seen: Iterable[Remembered]) -> dict[Identity, FilePath]:
    """By identity, the folders that are there: at the roots' paths, and disks mounted in them."""
    online = [root for root in roots if root.state is RootState.ONLINE]
    mounts = [m for root in online for m in root.inner_mounts if m.place not in root.away]
    mounted = {mount.place for mount in mounts if mount.has_id}
    found = {Identity(*each.identity): each.path for each in seen if each.path in mounted}
    found |= {r.identity: r.path for r in roots if r.identity and r.is_folder(r.identity)}
    return {identity: path for identity, path in found.items() if identity.filesystem}


async def _is_in(folder: _Lost, new: FilePath) -> bool:
    if is_nested(new, folder.path):
        return False
    return same_folder.is_likely(await _unchanged(folder, new), folder.sample)


async def _unchanged(folder: _Lost, new: FilePath) -> list[Known]:
    return await asyncio.to_thread(unchanged, folder.sample, folder.path, new)


async def _has_left_its_disk(folder: _Lost) -> bool:
    return await asyncio.to_thread(disk_is_there, folder.path, folder.identity.filesystem)


def _led_elsewhere(name: FilePath, before: FilePath) -> str:
    folder = quoted(before)
    return (
        f"{text(name)} led to {text(before)} before; what is known of the photos there is kept, "
        f"but not searched. To search them, too: imgsimctl watch {folder}. To forget them: "
        f"imgsimctl forget {folder} --confirm"
    )
