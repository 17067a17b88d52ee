"""The photos that one search for duplicates is about, read when they are needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from imgsimd.duplicates.inventory import Inventory, Numbers
from imgsimd.duplicates.keeper import Ranking
from imgsimd.duplicates.progress import Progress, Stage, Tell
from imgsimd.duplicates.wish import Wish
from imgsimd.errors import RequestError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.catalog.photos import Page, Photo
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Ids
from imgsimd.paths import covering, enclosing
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
        self.model = gallery.serving
        """Whose vectors these are. If another one answers meanwhile, the search ends."""
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

    async def by_content(self, numbers: Sequence[int]) -> AsyncIterator[tuple[int, list[Photo]]]:
        """Each of these contents with all its photos, the best first."""
        for part in self._batches(numbers):
            found: dict[ContentHash, list[Photo]] = {}
            for photo in await self.photos(
                [image for n in part for image in self.inventory.ids(n)]
            ):
                found.setdefault(photo.content, []).append(photo)
            for number in part:
                yield number, self.ranking.ordered(found.get(self.inventory.content(number), []))

    def _batches(self, numbers: Sequence[int]) -> Iterator[list[int]]:
        """The numbers, as many at once as have a page of photos."""
        batch, photos = list[int](), 0
        for number in numbers:
            batch.append(number)
            photos += len(self.inventory.ids(number))
            if photos >= _PAGE:
                yield batch
                batch, photos = [], 0
        if batch:
            yield batch

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
        return await self._gallery.do(_vectors, self.model, self.inventory.first_ids[numbers])

    async def distances(self, keeper: Photo, others: Sequence[Photo]) -> list[float]:
        """How far the vector of each is from the keeper's; 0 where one has none any more."""
        has_vector, vectors = await self._gallery.do(
            _vectors, self.model, np.array([keeper.id, *(photo.id for photo in others)])
        )
        if not has_vector[0]:
            return [0.0] * len(others)
        exact = vectors.astype(np.float64)
        found = np.zeros(1 + len(others))
        found[has_vector] = np.linalg.norm(exact - exact[0], axis=1)
        return [float(distance) for distance in found[1:]]


async def read(gallery: GalleryThread, wish: Wish, tell: Tell) -> Inventory:
    """All photos that the wish is about, by content."""
    done, parts = 0, list[Sequence[tuple[ImageId, ContentHash]]]()
    for folder in _folders(wish, await gallery.do(_roots)):
        after: FilePath | None = b""
        while after is not None:
            after, images = await gallery.do(_contents, folder, after)
            parts.append([(i, c) for i, path, c in images if not covering(path, wish.not_under)])
            done += len(parts[-1])
            tell(Progress(Stage.READING, done))
    return await asyncio.to_thread(Inventory, parts)


def _folders(wish: Wish, roots: Sequence[FilePath]) -> list[FilePath]:
    """The folders that the wish is about, none of which is in another one."""
    wanted = [*wish.under, *wish.also_in] if wish.under else roots
    shown = {folder for folder in wanted if covering(folder, roots)}
    shown |= {root for root in roots if covering(root, wanted)}
    return [folder for folder in sorted(shown) if not enclosing(folder, shown)]


# On the gallery's thread


def _roots(gallery: Gallery) -> Sequence[FilePath]:
    return gallery.duplicates.roots


def _contents(gallery: Gallery, folder: FilePath, after: FilePath) -> Page:
    return gallery.duplicates.contents(folder, after, _PAGE)


def _described(gallery: Gallery, ids: Sequence[ImageId]) -> tuple[list[Photo], set[ImageId]]:
    photos = gallery.duplicates.photos(ids)
    return photos, gallery.duplicates.beside_raw(photos)


def _vectors(gallery: Gallery, model: Served, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
    if gallery.serving != model:
        raise RequestError("model_changed", 400, "The model was changed meanwhile: ask again.")
    return gallery.duplicates.vectors(ids)
