"""Recognises by their photos that folders have moved, so that patterns for their paths follow.

Renamed photos are recognised one by one, by inode, whether or not their whole folder was renamed.
Images of a root that is gone stay where they are for a while, even if its photos turn up elsewhere.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Sequence

from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.thread import GalleryThread
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.types import FilePath, ImageId, Known, Plan

INODES_A_STEP = 100
"""Inodes asked for at once: a few milliseconds, so that questions get in between."""
MOST_OF_AN_INODE = 10
"""Images of one inode that are looked at: any of them tells where the folder was."""


class PatternEvidence:
    """Runs on the event loop."""

    def __init__(self, gallery: GalleryThread, roots: ConfiguredRoots) -> None:
        self._gallery = gallery
        self._roots = roots

    async def follow(self, plan: Plan, departed: Sequence[Known]) -> bool:
        """Has patterns follow the folders from which photos have moved to new paths in the plan: of
        `departed` images, and of roots that are gone. True if patterns mean more folders now."""
        if not self._roots.relocator.patterns.are_any:
            return False
        await self._follow(plan, departed, may_come_back=False)
        await self._follow(plan, await self._at_rest(plan), may_come_back=True)
        return self._roots.apply_patterns()

    async def _follow(self, plan: Plan, images: Sequence[Known], may_come_back: bool) -> None:
        folders = _folders(plan, images) if images else set()
        moves = await asyncio.to_thread(lambda: [_uppermost(*each) for each in folders])
        for move in dict.fromkeys(each for each in moves if each):
            await self._roots.relocator.patterns.follow(dict([move]), is_copied=may_come_back)

    async def _at_rest(self, plan: Plan) -> list[Known]:
        """Images of roots that are offline, with the inodes of new files."""
        offline, found = self._roots.offline(), list[Known]()
        inodes = [state.inode for state in plan.new.values()] if offline else []
        for start in range(0, len(inodes), INODES_A_STEP):
            after = dict.fromkeys(inodes[start : start + INODES_A_STEP], ImageId(0))
            images = await self._gallery.of_images(Images.by_inode, after, MOST_OF_AN_INODE)
            found += [image for image in images if image.path.startswith(offline)]
        return found


def _folders(plan: Plan, images: Sequence[Known]) -> set[tuple[FilePath, FilePath]]:
    """Pairs of folders: where an image was, and where its file is now."""
    arrived = defaultdict(list)
    for path, state in [*plan.new.items(), *((r.path, r.state) for r in plan.renamed)]:
        arrived[state.inode].append((path, state))
    return {
        (os.path.dirname(image.path), os.path.dirname(path))
        for image in images
        for path, state in arrived[image.state.inode]
        if state.moved_from(image.state)
    }


def _uppermost(old: FilePath, new: FilePath) -> tuple[FilePath, FilePath] | None:
    """The uppermost folder that was renamed or moved if a photo in `old` is in `new` now, and its
    new path; None if `old` is still there."""
    found = None
    while old != new and not os.path.lexists(old):
        found = (old, new)
        if os.path.basename(old) != os.path.basename(new):
            break
        old, new = os.path.dirname(old), os.path.dirname(new)
    return found
