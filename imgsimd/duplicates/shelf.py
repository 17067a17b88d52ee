"""The photos that one search for duplicates is about, read when they are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgsimd.duplicates.inventory import Inventory, Numbers
from imgsimd.duplicates.keeper import Ranking
from imgsimd.duplicates.progress import Progress, Stage, Tell
from imgsimd.duplicates.wish import Wish
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Ids
from imgsimd.types import ContentHash, FilePath, ImageId
from imgsimd.vectors import Vectors

_PAGE = 1000
"""Photos read in one visit of the gallery: some milliseconds."""


class Shelf:
    """Photos by their ids, and by the numbers of their contents."""

    def __init__(self, gallery: GalleryThread, wish: Wish, inventory: Inventory) -> None:
        self.inventory = inventory
        self.left: dict[int, list[Photo]] = {}
        """Of contents that several images have: which of them can still be in groups with others.
        Of any other content, it is the only one."""
        self._gallery = gallery
        self._raw: set[ImageId] = set()
        self.greyed: set[ContentHash] = set()
        """Contents that are known to be grey copies of a photo in colour."""
        self.ranking = Ranking(
            wish.preference, wish.also_in, self._is_beside_raw, lambda p: p.content in self.greyed
        )

    def _is_beside_raw(self, photo: Photo) -> bool:
        return photo.id in self._raw

    async def photos(self, ids: Sequence[ImageId]) -> list[Photo]:
        """The photos with these ids, as far as there still are any."""
        found: list[Photo] = []
        for start in range(0, len(ids), _PAGE):
            photos, raw = await self._gallery.do(_described, ids[start : start + _PAGE])
            found += photos
            self._raw |= raw
        return found

    async def of_number(self, number: int) -> list[Photo]:
        """All photos with this content, the best first."""
        content = self.inventory.content(number)
        photos = await self.photos(self.inventory.ids(number))
        return self.ranking.ordered([photo for photo in photos if photo.content == content])

    async def of_numbers(self, numbers: Iterable[int]) -> dict[int, list[Photo]]:
        """By content, the photos that can be in groups with others."""
        found = {number: self.left.get(number, []) for number in numbers}
        alone = {self.inventory.ids(n)[0]: n for n in found if n not in self.left}
        for photo in await self.photos(list(alone)):
            if photo.content == self.inventory.content(alone[photo.id]):
                found[alone[photo.id]] = [photo]
        return found

    async def vectors(self, numbers: Numbers) -> tuple[NDArray[np.bool_], Vectors]:
        """Which of these contents have a vector, and their vectors, in their order."""
        return await self._gallery.do(_vectors, self.inventory.first_ids[numbers])

    async def distances(self, keeper: Photo, others: Sequence[Photo]) -> list[float]:
        """How far the vector of each is from the keeper's; 0 where one has none any more."""
        has_vector, vectors = await self._gallery.do(
            _vectors, np.array([keeper.id, *(photo.id for photo in others)])
        )
        if not has_vector[0]:
            return [0.0] * len(others)
        exact = vectors.astype(np.float64)
        found = np.zeros(1 + len(others))
        found[has_vector] = np.linalg.norm(exact - exact[0], axis=1)
        return [float(distance) for distance in found[1:]]


async def read(gallery: GalleryThread, wish: Wish, tell: Tell) -> Inventory:
    """All photos that the wish is about, by content."""
    under = [*wish.under, *wish.also_in] if wish.under else []
    after, done = ImageId(0), 0
    parts = list[list[tuple[ImageId, ContentHash]]]()
    while page := await gallery.do(_contents, after, under, wish.not_under):
        parts.append(page)
        after, done = page[-1][0], done + len(page)
        tell(Progress(Stage.READING, done))
    return await asyncio.to_thread(Inventory, parts)


# On the gallery's thread


def _contents(
    gallery: Gallery, after: ImageId, under: Sequence[FilePath], not_under: Sequence[FilePath]
) -> list[tuple[ImageId, ContentHash]]:
    return gallery.duplicates.contents(after, _PAGE, under, not_under)


def _described(gallery: Gallery, ids: Sequence[ImageId]) -> tuple[list[Photo], set[ImageId]]:
    photos = gallery.duplicates.photos(ids)
    return photos, gallery.duplicates.beside_raw(photos)


def _vectors(gallery: Gallery, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
    return gallery.duplicates.vectors(ids)
