"""Looks at folders and files below the roots, and has the catalog follow; remembers what the user
must know about what cannot be indexed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import slashed
from imgsimd.reconciling.agenda import Agenda
from imgsimd.reconciling.catalog_updates import CatalogUpdates
from imgsimd.reconciling.comparison import Comparison, parts, pieces
from imgsimd.reconciling.deletions import Deletions
from imgsimd.reconciling.departures import Departures
from imgsimd.reconciling.survey import Survey
from imgsimd.reconciling.unreadable import Unreadable
from imgsimd.skips import Reason
from imgsimd.types import FilePath, FileState, Known
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.remarks import Remarks
from imgsimd.watching.settle import Hint, Sign

_COUNTED_AT_ONCE = {Reason.VIDEO, Reason.PICTURE}
"""What users would miss."""


class Looks:
    """Runs on the event loop; whatever touches the disk runs in threads."""

    def __init__(
        self,
        gallery: GalleryThread,
        agenda: Agenda,
        survey: Survey,
        comparison: Comparison,
        updates: CatalogUpdates,
        deletions: Deletions,
    ) -> None:
        self._gallery = gallery
        self._agenda = agenda
        self._survey = survey
        self._comparison = comparison
        self._updates = updates
        self._deletions = deletions
        self.unreadable = Unreadable(gallery)
        self.remarks = Remarks()
        self.finished: dict[FilePath, float] = {}
        """When each root was last looked at as a whole, in seconds since 1970."""

    async def looks_into(self, root: FilePath, folder: FilePath) -> bool:
        """Whether a folder at or below the root is scanned: it is not left out."""
        choice = PathSelection(root, self._survey.selection)
        return await asyncio.to_thread(choice.looks_into, folder)

    async def comes_to(self, root: FilePath, folder: FilePath) -> bool:
        """As `looks_into`, for a folder that a user has named: False if a link leads to it, since a
        scan of the root does not follow links."""
        is_real = folder == root or await asyncio.to_thread(os.path.realpath, folder) == folder
        return is_real and await self.looks_into(root, folder)

    async def at_folder(self, root: FilePath, top: FilePath) -> AsyncIterator[None]:
        """Compares the folder with the catalog; yields after each piece, so that the caller can do
        something else in between."""
        missing: list[Known] = []
        departures = self._departures()
        # If new settings come meanwhile, the survey begins new ones.
        digests, scanned = self._survey.digests, self._survey.scanned
        async for piece in pieces(root, top, self._survey.selection, digests):
            if piece.differs:
                plan = await self._comparison.of_piece(piece)
                missing += await self._updates.carry_out(plan, {}, departures)
            yield
        await self._updates.let_go(root, missing)
        digests.confirm(slashed(top), piece.agreed)
        self.unreadable.note(top, piece.unlisted)
        self.remarks.note(top, piece.remarks, piece.agreed)
        if top == root:
            scanned.add(root)
            self.finished[root] = time.time()
            await self._deletions.review(root)
            await self.unreadable.retry(root)

    async def at_files(self, root: FilePath, hints: Mapping[FilePath, Hint]) -> None:
        """Compares single files with the catalog, in parts of the size of a scan's pieces."""
        missing: list[Known] = []
        departures = self._departures()
        for paths in parts(list(hints)):
            glance = await asyncio.to_thread(self._glance, root, paths)
            for folder in glance.noteworthy:
                self._agenda.hint(folder, Sign.FOLDER)  # to count what is not indexed
            self._survey.doubt(glance.photos)
            written = {path for path in glance.photos if hints[path].sign is Sign.FINISHED}
            plan = await self._comparison.of_seen(glance.photos, glance.seen, written)
            missing += await self._updates.carry_out(plan, hints, departures)
        await self._updates.let_go(root, missing)

    def _departures(self) -> Departures:
        return Departures(self._gallery, self._comparison.have_left)

    def _glance(self, root: FilePath, paths: Sequence[FilePath]) -> _Glance:
        photos = list(filter(PathSelection(root, self._survey.selection).takes, paths))
        seen = self._comparison.look(photos)
        named = set(photos)
        unseen = {path: path in named for path in paths if path not in seen}
        return _Glance(photos, seen, self._noteworthy(root, unseen))

    def _noteworthy(self, root: FilePath, unseen: Mapping[FilePath, bool]) -> set[FilePath]:
        """The folders to scan because of these paths: a link that is not followed, or a video or a
        picture that cannot be read, is or was there. For each path, whether it is a photo by name.
        Other files are counted when their folder is next scanned: a log that grows costs nothing.
        Looks at the disk only if the name, or what is known about the folder, gives a reason."""
        selection = self._survey.selection
        counted = {p for p in unseen if selection.skipped(root, p)[0] in _COUNTED_AT_ONCE}
        may_be_links = {p for p in unseen if unseen[p] or selection.may_be_folder(root, p, ())}
        links = {p for p in may_be_links if os.path.islink(p) and selection.links.state(p) is None}
        told = self.remarks.about_links(unseen)
        gone = {p for p in unseen if os.path.dirname(p) in told and not os.path.lexists(p)}
        return {os.path.dirname(path) for path in counted | links | gone}


class _Glance(NamedTuple):
    """What a look at single paths shows."""

    photos: list[FilePath]
    """The paths that are photos by their names, whether they are there or not."""
    seen: dict[FilePath, FileState]
    """The photos that are there."""
    noteworthy: set[FilePath]
    """Folders to scan: the user is told what in them is not indexed."""
