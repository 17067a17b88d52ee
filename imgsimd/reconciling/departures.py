"""Finds the known images whose files are no longer at their paths: they may have been renamed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import FileState, ImageId, Known

SPARE = 500
"""Images of an inode that are looked at beyond the number of files that arrived: a file may have
many hard links, and any of them may be the one that was renamed."""
INODES_A_STEP = 100
"""Inodes asked for at once: a few milliseconds, so that questions get in between."""


class Departures:
    """Finds by inode which images new files may have been before. For one scan.

    Each image is looked at only once, however many hard links its file has.
    """

    def __init__(
        self, gallery: GalleryThread, have_left: Callable[[Sequence[Known]], list[Known]]
    ) -> None:
        """`have_left` selects the images whose files are certainly gone; it runs in a thread."""
        self._gallery = gallery
        self._have_left = have_left
        self._left: dict[int, list[Known]] = defaultdict(list)
        self._upto: dict[int, ImageId] = {}
        """By inode, the last image that was looked at."""

    async def of(self, arrived: Iterable[FileState]) -> list[Known]:
        """The images with the inodes of these new files whose own files are certainly gone."""
        wanted = Counter(state.inode for state in arrived)
        await self._drop_followed(wanted)
        inodes = [inode for inode, n in wanted.items() if len(self._left.get(inode, ())) < n]
        for start in range(0, len(inodes), INODES_A_STEP):
            await self._look_further(inodes[start : start + INODES_A_STEP], wanted)
        return [image for inode in wanted for image in self._left.get(inode, ())]

    async def _drop_followed(self, inodes: Iterable[int]) -> None:
        """Drops images that were found gone earlier and have been found elsewhere since."""
        found = [image for inode in inodes for image in self._left.pop(inode, ())]
        if not found:
            return
        known = await self._gallery.of_images(Images.at, [image.path for image in found])
        places = {(image.id, image.path) for image in known}
        for image in found:
            if (image.id, image.path) in places:
                self._left[image.state.inode].append(image)

    async def _look_further(self, inodes: Sequence[int], wanted: Counter[int]) -> None:
        after = {inode: self._upto.get(inode, ImageId(0)) for inode in inodes}
        most = max(wanted[inode] for inode in inodes) + SPARE
        images = await self._gallery.of_images(Images.by_inode, after, most)
        self._upto |= {image.state.inode: image.id for image in images}
        for image in await asyncio.to_thread(self._have_left, images):
            self._left[image.state.inode].append(image)
