"""Symbolic links to a file that has an image already: one image is enough. The others are
remembered, since one of them gets the image if its path is removed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.thread import GalleryThread
from imgsimd.reconciling.comparison import Comparison
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.survey import Survey
from imgsimd.types import FilePath, ImageId, Known, Plan
from imgsimd.watching import links


class SpareLinks:
    """Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        roots: ConfiguredRoots,
        survey: Survey,
        comparison: Comparison,
    ) -> None:
        self._gallery = gallery
        self._roots = roots
        self._survey = survey
        self._comparison = comparison
        self._owners: dict[FilePath, FilePath] = {}
        """By link, the path of the image."""

    def clear(self) -> None:
        """Forgets all links: everything is about to be compared."""
        self._owners = {}

    async def without_spares(self, plan: Plan) -> Plan:
        """The plan without new links that are spare."""
        if not (self._survey.links.are_followed and plan.new):
            return plan
        owners = [*await self._twins(plan), *plan.changed, *plan.returned]
        spares = await asyncio.to_thread(links.spares, plan.new, owners)
        self._survey.doubt(spares)  # every rescan looks again
        self._owners |= spares
        new = {path: state for path, state in plan.new.items() if path not in spares}
        return replace(plan, new=new)

    async def _twins(self, plan: Plan) -> list[Known]:
        """The images of the files to which the new paths lead, if those files are there."""
        inodes = {state.inode: ImageId(0) for state in plan.new.values()}
        twins = await self._gallery.of_images(Images.by_inode, inodes, links.MOST_OF_AN_INODE)
        left = {i.id for i in await asyncio.to_thread(self._comparison.have_left, twins)}
        offline = self._roots.offline()
        return [i for i in twins if i.id not in left and not i.path.startswith(offline)]

    def take_heirs(self, missing: Iterable[Known]) -> list[FilePath]:
        """Takes out the links to the files of these images: one of them gets the image."""
        gone = {image.path for image in missing}
        heirs = [link for link, owner in self._owners.items() if owner in gone]
        for heir in heirs:
            del self._owners[heir]
        return heirs
