"""Finds out which new files are images that the catalog knows from another place.

Such an image keeps its id and gets the path of the file.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from imgsimd.gallery.catalog.backlog import Candidate
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.verdicts import Examined
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.same_content import pairs
from imgsimd.types import ContentHash, FilePath, FileState, Known, Plan, Rename
from imgsimd.watching.links import Links
from imgsimd.watching.scan import has_left


class Arrivals:
    """Recognises moved images by their content. Runs on the event loop."""

    def __init__(
        self, gallery: GalleryThread, opener: PhotoOpener, on_left: Callable[[FilePath], None]
    ) -> None:
        """`opener` knows the links; `on_left` is called with each path that an image has left."""
        self._gallery = gallery
        self._opener = opener
        self._on_left = on_left
        self._following = asyncio.Lock()

    async def settle(
        self, batch: Sequence[Candidate], examined: Sequence[Examined]
    ) -> list[Examined]:
        """Stores which new files of the batch are moved images; returns what may be unknown."""
        rest = await self._not_inherited(batch, examined)
        await self._follow_moves(batch, rest)
        return rest

    async def _not_inherited(
        self, batch: Sequence[Candidate], examined: Sequence[Examined]
    ) -> list[Examined]:
        """The images without those of moved folders: a new file that has the content of the image
        at the former place of its folder gets that image's id."""
        new = {image.id: image.path for image in batch if image.content is None}
        before = await self._gallery.of_folders(Folders.predecessors, new.values())
        renames = {
            image: Rename(before[new[image.id]].image.id, new[image.id], image.state)
            for image in examined
            if new.get(image.id) in before and before[new[image.id]].content == image.content
        }
        if renames:
            await self._gallery.do(Gallery.apply, Plan(renamed=list(renames.values())))
        return [image for image in examined if image not in renames]

    async def _follow_moves(self, batch: Sequence[Candidate], examined: Sequence[Examined]) -> None:
        """A new file with the content of an image that has left its place was moved here from
        another disk: it keeps that image's id."""
        new = {image.id: image.path for image in batch if image.content is None}
        arrived: dict[ContentHash, list[Examined]] = defaultdict(list)
        for image in examined:
            if image.id in new:
                arrived[image.content].append(image)
        async with self._following:  # the other lane must not find the same images
            twins = await self._gallery.do(Gallery.by_content, list(arrived))
            for content, owners in twins.items():
                await self._follow_twins({new[i.id]: i.state for i in arrived[content]}, owners)

    async def _follow_twins(
        self, arrived: Mapping[FilePath, FileState], owners: Sequence[Known]
    ) -> None:
        """As `_follow_moves`, for files with the content of these images."""
        left = await asyncio.to_thread(_have_left, owners, self._opener.links)
        moves = list(pairs(list(arrived), left))
        if moves:
            renamed = [Rename(image.id, path, arrived[path]) for path, image in moves]
            await self._gallery.do(Gallery.apply, Plan(renamed=renamed))
        for _, image in moves:
            self._on_left(image.path)


def _have_left(owners: Sequence[Known], links: Links) -> list[Known]:
    """The owners whose files are gone. Inodes do not matter: a file with an owner's path, size and
    mtime has its content, too."""
    return [owner for owner in owners if has_left(owner, keeps_inodes=False, links=links)]
