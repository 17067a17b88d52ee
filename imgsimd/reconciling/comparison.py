"""Compares disk and catalog: what comes out is a plan. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence

from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.thread import GalleryThread
from imgsimd.reconciling import planning
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.survey import Survey
from imgsimd.types import FilePath, FileState, Known, Plan
from imgsimd.watching import scan
from imgsimd.watching.folder_digests import FolderDigests
from imgsimd.watching.selection import Selection


class Comparison:
    """Runs on the event loop; whatever touches the disk runs in threads."""

    def __init__(self, gallery: GalleryThread, roots: ConfiguredRoots, survey: Survey) -> None:
        self._gallery = gallery
        self._roots = roots
        self._survey = survey

    async def of_piece(self, piece: scan.Piece) -> Plan:
        """The differences between a piece of a scan and the catalog."""
        known = await self._gallery.of_images(Images.between, piece.after, piece.upto)
        return self._plan(known, piece.seen, piece.unlisted, piece.agreed)

    async def of_files(self, paths: Sequence[FilePath]) -> Plan:
        """The differences between these files and the catalog."""
        return await self.of_seen(paths, await asyncio.to_thread(self.look, paths))

    async def of_seen(
        self,
        paths: Sequence[FilePath],
        seen: Mapping[FilePath, FileState],
        written: Collection[FilePath] = (),
    ) -> Plan:
        """As `of_files`, for files that were just `seen`. An event has reported that some of the
        paths were `written`."""
        return self._plan(await self._gallery.of_images(Images.at, paths), seen, written=written)

    def look(self, paths: Iterable[FilePath]) -> dict[FilePath, FileState]:
        """The state of each file that is there. Blocks as long as the disk does."""
        looks = ((path, scan.look(path, self._survey.links)) for path in paths)
        return {path: state for path, state in looks if state is not None}

    def have_left(self, images: Iterable[Known]) -> list[Known]:
        """The images whose files are certainly gone from their paths. Blocks as long as the disk
        does."""
        keeps_inodes, offline = self._roots.keeps_inodes, self._roots.offline()
        present = (image for image in images if not image.path.startswith(offline))
        links = self._survey.links
        return [i for i in present if scan.has_left(i, keeps_inodes(i.path), links)]

    def _plan(
        self,
        known: Iterable[Known],
        seen: Mapping[FilePath, FileState],
        unlisted: Collection[FilePath] = (),
        agreed: Collection[FilePath] = (),
        written: Collection[FilePath] = (),
    ) -> Plan:
        keeps_inodes = self._roots.keeps_inodes
        return planning.compare(known, seen, unlisted, agreed, written, keeps_inodes)


def parts(paths: Sequence[FilePath]) -> Iterator[Sequence[FilePath]]:
    """The paths, in parts of the size in which a scan looks at files."""
    return (
        paths[start : start + scan.PIECE_FILES] for start in range(0, len(paths), scan.PIECE_FILES)
    )


async def pieces(
    root: FilePath, top: FilePath, selection: Selection, digests: FolderDigests
) -> AsyncIterator[scan.Piece]:
    """`scan.walk`, each step of it in a thread."""
    walk = scan.walk(root, top, selection, digests)
    while piece := await asyncio.to_thread(next, walk, None):
        yield piece
