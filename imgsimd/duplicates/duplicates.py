"""Looks for duplicates, and remembers what users say of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from imgsimd.closeness import Closeness
from imgsimd.duplicates.comparing import PairVerifier
from imgsimd.duplicates.group import Group
from imgsimd.duplicates.progress import Progress, Stage, Tell
from imgsimd.duplicates.search import search
from imgsimd.duplicates.wish import Wish
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.catalog.not_duplicates import Decision, decision
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import text
from imgsimd.types import ContentHash, FilePath, ImageId

_TOGETHER = 1000
_MOST_PATHS = 10
"""Of the files with one content, so many are named in a list of decisions."""


class UnknownPhotosError(Exception):
    """These files are not in the gallery, so nothing can be remembered of them."""

    def __init__(self, paths: Sequence[FilePath]) -> None:
        super().__init__(f"{text(paths[0])} is not indexed: `imgsimctl failed` may say why.")
        self.paths = paths


@dataclass(frozen=True, slots=True)
class Remembered:
    """Two contents that are no duplicates, as a user sees them: where their files are."""

    first: Sequence[FilePath]
    """Empty if there is none any more."""
    second: Sequence[FilePath]
    files: int
    """If both are the same content: how many files with it are meant; else 0."""


class Duplicates:
    """Runs on the event loop. One search at a time: it takes all that the worker can do."""

    def __init__(
        self,
        gallery: GalleryThread,
        verifier: PairVerifier,
        closeness: Callable[[Served], Closeness] = lambda model: Closeness(),
    ) -> None:
        """`closeness` returns that of a model."""
        self._gallery = gallery
        self._verifier = verifier
        self._closeness = closeness
        self._turn = asyncio.Lock()

    async def find(self, wish: Wish, tell: Tell) -> list[Group]:
        """The groups, the one with the most to gain first; meanwhile, `tell` hears how far it is.

        Raises CatalogError, WorkerError or ModelError.
        """
        if self._turn.locked():
            tell(Progress(Stage.WAITING))
        async with self._turn:
            return await search(self._gallery, self._verifier, self._closeness, wish, tell)

    async def set_seen(self, groups: Sequence[Group]) -> None:
        """A user has been shown these groups: see `Wish.only_new`."""
        photos = [member.photo for group in groups for member in group.members]
        for start in range(0, len(photos), _TOGETHER):
            part = [(photo.id, photo.content) for photo in photos[start : start + _TOGETHER]]
            await self._gallery.do(_set_seen, part)

    async def tell_apart(self, paths: Sequence[FilePath]) -> int:
        """No two of these files are duplicates. Returns how many pairs are remembered.

        Raises UnknownPhotosError; nothing is remembered then.
        """
        return await self._gallery.do(_tell_apart, paths)

    async def take_back(self, paths: Sequence[FilePath]) -> int:
        """Forgets what was said of any two of these files. Returns how many pairs that were.

        Raises UnknownPhotosError; nothing is forgotten then.
        """
        return await self._gallery.do(_take_back, paths)

    async def decisions(self) -> list[Remembered]:
        """All that users have said, the latest last."""
        return await self._gallery.do(_decisions)


# On the gallery's thread


def _set_seen(gallery: Gallery, photos: Sequence[tuple[ImageId, ContentHash]]) -> None:
    gallery.duplicates.set_seen(photos)


def _tell_apart(gallery: Gallery, paths: Sequence[FilePath]) -> int:
    decisions = _about(gallery, paths)
    gallery.duplicates.decide(decisions)
    return len(decisions)


def _take_back(gallery: Gallery, paths: Sequence[FilePath]) -> int:
    return gallery.duplicates.take_back(_about(gallery, paths))


def _about(gallery: Gallery, paths: Sequence[FilePath]) -> list[Decision]:
    """The decisions about any two of these files. Raises UnknownPhotosError."""
    images = {image.path: image.id for image in gallery.images.at(set(paths))}
    contents = gallery.images.contents(images.values())
    by_path = {path: contents.get(image) for path, image in images.items()}
    if unknown := [path for path in paths if by_path.get(path) is None]:
        raise UnknownPhotosError(unknown)
    files = Counter(content for content in by_path.values() if content is not None)
    apart = {decision(one, other) for one, other in combinations(files, 2)}
    same = {decision(content, content, count) for content, count in files.items() if count > 1}
    return sorted(apart | same)


def _decisions(gallery: Gallery) -> list[Remembered]:
    found = gallery.duplicates.decisions()
    paths = gallery.duplicates.paths({c for each in found for c in each[:2]}, _MOST_PATHS)
    return [Remembered(paths[each.first], paths[each.second], each.files) for each in found]
