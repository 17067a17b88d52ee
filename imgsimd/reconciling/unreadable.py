"""Keeps track of folders and files that cannot be read, and tries them again.

Their images are kept: the folder may still hold what is known of it, and the file may be unchanged.
Nothing is concluded until they can be read again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from operator import attrgetter

from imgsimd.errors import FaultKind
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.paging import pages
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import slashed
from imgsimd.types import Failure, FilePath, ImageId, Known
from imgsimd.watching import scan
from imgsimd.watching.sorted_paths import SortedPaths

FILES_A_PAGE = 1000
"""Files looked at at once: a few milliseconds of SQLite, so that questions get in between."""


class Unreadable:
    """The folders and files that could not be looked at. Runs on the event loop."""

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery
        self._unlisted: dict[FilePath, str] = {}
        self._paths = SortedPaths()
        self._told: tuple[Sequence[FilePath], list[Failure]] | None = None
        """The last answer of `below`, and for which roots: it is asked for many times a second."""
        self._denied: set[FilePath] = set()

    def note(self, top: FilePath, unlisted: Mapping[FilePath, str]) -> None:
        """A scan of this folder looked at everything except these (see `scan.Piece.unlisted`)."""
        for path in self._paths.below(top):
            self._unlisted.pop(path, None)
            self._paths.discard(path)
        for path in unlisted:
            self._paths.add(path)
        self._unlisted.update(unlisted)
        self._told = None

    def below(self, roots: Sequence[FilePath]) -> list[Failure]:
        """The folders and files below the roots that could not be looked at, sorted by path. The
        caller must not change the list."""
        if self._told is None or self._told[0] != roots:
            within = tuple(map(slashed, roots))
            found = (Failure(*each, FaultKind.NOT_LISTED) for each in self._unlisted.items())
            self._told = list(roots), sorted(f for f in found if f.path.startswith(within))
        return self._told[1]

    async def retry(self, root: FilePath) -> None:
        """Has every file below the root that could not be read tried again."""
        async for page in self._unread([root]):
            await self._gallery.do(Gallery.enqueue, [image.id for image in page])

    async def look_again(self, roots: Sequence[FilePath]) -> set[FilePath]:
        """Has files tried again that could not be read for lack of permission, and now can be.

        Returns the folders (each with its closing slash) and files that can be looked at again.
        """
        denied: set[FilePath] = set()
        async for page in self._unread(roots):
            paths = {image.path for image in page}
            readable = await _filter(_is_readable, paths)
            freed = [i.id for i in page if i.path in self._denied and i.path in readable]
            if freed:
                await self._gallery.do(Gallery.enqueue, freed)
            denied |= paths - readable
        self._denied = denied
        visible = await _filter(scan.is_visible, [path for path, *_ in self.below(roots)])
        for path in visible:
            del self._unlisted[path]
            self._told = None
        return visible

    def _unread(self, roots: Sequence[FilePath]) -> AsyncIterator[list[Known]]:
        """The images below the roots whose files could not be read, page by page."""
        return pages(
            lambda after: self._gallery.do(_unread_page, roots, after),
            ImageId(0),
            attrgetter("id"),
        )


def _unread_page(gallery: Gallery, roots: Sequence[FilePath], after: ImageId) -> list[Known]:
    """Those below the roots. Runs on the gallery's thread."""
    return gallery.failures.unread(roots, after, FILES_A_PAGE)


def _is_readable(path: FilePath) -> bool:
    return os.access(path, os.R_OK)


async def _filter(check: Callable[[FilePath], bool], paths: Collection[FilePath]) -> set[FilePath]:
    """The paths that pass the check, which may block as long as a disk does."""
    return await asyncio.to_thread(lambda: set(filter(check, paths))) if paths else set()
