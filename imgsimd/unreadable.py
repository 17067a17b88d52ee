"""Joins watching and gallery where the disk refuses: what cannot be read is told, kept, and tried
again by itself.

A folder that cannot be listed may hold what is known of it; a file that cannot be read may be what
it was. Only when the disk answers again is anything concluded from what it says.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import Failure, FilePath
from imgsimd.watching import scan


class Unreadable:
    """What the disk did not show. Lives on the event loop."""

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery
        self._unlisted: dict[FilePath, str] = {}
        self._denied: set[FilePath] = set()

    def note(self, top: FilePath, unlisted: Mapping[FilePath, str]) -> None:
        """A scan of this folder could not look at these (see `scan.Piece`), but at all else."""
        below = top + b"/"
        kept = {p: reason for p, reason in self._unlisted.items() if not p.startswith(below)}
        self._unlisted = kept | dict(unlisted)

    def below(self, roots: Sequence[FilePath]) -> list[Failure]:
        """The folders, and files, that could not be looked at, by path."""
        within = tuple(root + b"/" for root in roots)
        found = [Failure(p, reason) for p, reason in self._unlisted.items() if p.startswith(within)]
        return sorted(found)

    async def retry(self, root: FilePath) -> None:
        """Has every file below the root that could not be read tried again."""
        if unread := await self._gallery.do(Gallery.unread, [root]):
            await self._gallery.do(Gallery.enqueue, unread)

    async def look_again(self, roots: Sequence[FilePath]) -> set[FilePath]:
        """Has files tried again that were denied and may be read now.

        Returns the folders (each with its closing slash) and files that can be looked at again.
        """
        unread = await self._gallery.do(Gallery.unread, roots)
        readable = await _filter(_is_readable, [image.path for image in unread])
        freed = [i for i in unread if i.path in self._denied and i.path in readable]
        if freed:
            await self._gallery.do(Gallery.enqueue, freed)
        self._denied = {image.path for image in unread} - readable
        visible = await _filter(scan.is_visible, [path for path, _ in self.below(roots)])
        for path in visible:
            del self._unlisted[path]
        return visible


def _is_readable(path: FilePath) -> bool:
    return os.access(path, os.R_OK)


async def _filter(check: Callable[[FilePath], bool], paths: Sequence[FilePath]) -> set[FilePath]:
    """Those that pass; each may have to wait for its disk."""
    return await asyncio.to_thread(lambda: set(filter(check, paths))) if paths else set()
