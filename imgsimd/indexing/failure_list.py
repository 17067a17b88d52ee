"""The pictures that cannot be embedded, and those that are damaged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from operator import attrgetter

from imgsimd.errors import FaultKind
from imgsimd.gallery.catalog.failed_images import Failed
from imgsimd.gallery.catalog.metadata import Damaged
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.paging import pages
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import upwards
from imgsimd.types import Failure, FilePath, ImageId
from imgsimd.words import percent

FAILURES_A_PAGE = 1000
"""Failures read at once: a few milliseconds, so that questions are answered in between."""


class FailureList:
    """What the gallery knows of them, below the roots that are shown. Runs on the event loop."""

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery

    async def all(self) -> list[Failure]:
        """The pictures that cannot be embedded, and those that are damaged but searchable, by
        path."""
        failed = [_of_failed(image) async for page in self._failed() for image in page]
        damaged = [_of_damaged(image) async for page in self._damaged() for image in page]
        return sorted([*failed, *damaged])

    async def retry(self, paths: Sequence[FilePath]) -> int:
        """Puts the failed pictures at or below these paths, or all of them if there are no paths,
        into the backlog. Returns how many."""
        wanted = set(paths)
        count = 0
        async for page in self._failed():
            ids = [f.id for f in page if not wanted or not wanted.isdisjoint(upwards(f.path))]
            await self._gallery.do(Gallery.enqueue, ids)
            count += len(ids)
        return count

    def _failed(self) -> AsyncIterator[list[Failed]]:
        return pages(
            lambda after: self._gallery.do(_failed_page, after), ImageId(0), attrgetter("id")
        )

    def _damaged(self) -> AsyncIterator[list[Damaged]]:
        return pages(
            lambda after: self._gallery.do(_damaged_page, after), ImageId(0), attrgetter("id")
        )


def _failed_page(gallery: Gallery, after: ImageId) -> list[Failed]:
    """Runs on the gallery's thread."""
    return gallery.failures.page(gallery.visibility.roots, after, FAILURES_A_PAGE)


def _damaged_page(gallery: Gallery, after: ImageId) -> list[Damaged]:
    """As `_failed_page`."""
    return gallery.metadata.damaged(gallery.visibility.roots, after, FAILURES_A_PAGE)


def _of_failed(image: Failed) -> Failure:
    return Failure(image.path, image.reason, image.kind)


def _of_damaged(image: Damaged) -> Failure:
    reason = f"only {percent(image.read)} of it could be read"
    return Failure(image.path, reason, FaultKind.DAMAGED, image.read)
