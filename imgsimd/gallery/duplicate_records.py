"""What the gallery knows for those who look for duplicates, and what it remembers for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.comparisons import Comparison
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.catalog.not_duplicates import Decision
from imgsimd.gallery.catalog.photos import Page, Photo
from imgsimd.gallery.index import Index
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.gallery.vectors.base import Ids
from imgsimd.gallery.visibility import Visibility
from imgsimd.types import ContentHash, FilePath, ImageId
from imgsimd.vectors import Vectors


class DuplicateRecords:
    """Each method takes a few milliseconds for a thousand images, so that questions get in
    between. Runs on the gallery's thread."""

    def __init__(
        self, catalog: Catalog, models: ModelSwitch, visibility: Visibility, index: Index
    ) -> None:
        self._catalog = catalog
        self._models = models
        self._visibility = visibility
        self._index = index

    # Photos

    @property
    def roots(self) -> Sequence[FilePath]:
        """The folders whose images are shown."""
        return self._visibility.roots

    def contents(self, folder: FilePath, after: FilePath, limit: int) -> Page:
        """The next images of a folder in a root: see `Photos.contents`."""
        return self._catalog.photos.contents(folder, after, limit, self._models.serving.key)

    def photos(self, ids: Collection[ImageId]) -> list[Photo]:
        """The images with these ids, as far as they are shown, by id."""
        is_within = self._visibility.is_within
        found = self._catalog.photos.by_id(ids)
        return sorted((p for p in found if is_within(p.path)), key=lambda photo: photo.id)

    def beside_raw(self, photos: Iterable[Photo]) -> set[ImageId]:
        """Those beside which their raw file lies, or the picture that was made of it."""
        partner = self._catalog.raw_pairs.partner
        return {photo.id for photo in photos if partner(photo.path) is not None}

    def vectors(self, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
        """Which of the images are searchable, and the vectors of these, in their order."""
        return self._index.vectors_of(ids)

    # Decisions

    def decisions(self) -> list[Decision]:
        """What users have said are no duplicates."""
        return self._catalog.not_duplicates.all()

    def paths(
        self, contents: Collection[ContentHash], most: int
    ) -> dict[ContentHash, list[FilePath]]:
        """Where files with these contents are: see `Photos.with_contents`."""
        return self._catalog.photos.with_contents(contents, most)

    def decide(self, decisions: Collection[Decision]) -> None:
        """Stores that these contents are no duplicates."""
        with self._catalog.lasting():
            self._catalog.not_duplicates.add(decisions)

    def take_back(self, decisions: Collection[Decision]) -> int:
        """Forgets decisions about these contents. Returns how many there were."""
        with self._catalog.lasting():
            return self._catalog.not_duplicates.take_back(decisions)

    # What was shown

    def seen(self, ids: Collection[ImageId]) -> set[tuple[ImageId, ContentHash]]:
        """See `SeenDuplicates.among`."""
        return self._catalog.seen_duplicates.among(ids)

    def set_seen(self, images: Collection[tuple[ImageId, ContentHash]]) -> None:
        """These images were shown in a group of duplicates."""
        with self._catalog.atomic():
            self._catalog.seen_duplicates.add(images)

    # What was compared

    def comparisons(self, after: int, limit: int) -> list[tuple[int, Comparison, int]]:
        """See `Comparisons.after`."""
        return self._catalog.comparisons.after(after, limit)

    def store_comparisons(self, comparisons: Collection[Comparison], version: int) -> None:
        """See `Comparisons.store`."""
        with self._catalog.atomic():
            self._catalog.comparisons.store(comparisons, version)

    def drop_stray_comparisons(self, keys: Collection[int]) -> None:
        """Removes those of these outcomes whose contents no image has any more."""
        with self._catalog.atomic():
            self._catalog.comparisons.drop_stray(keys)

    def compared(
        self, after: ContentHash, limit: int, model: Served, version: int
    ) -> list[ContentHash]:
        """The next contents that were compared with all that is near them by this model."""
        return self._catalog.comparisons.compared(after, limit, model.key, version)

    def set_compared(self, contents: Collection[ContentHash], model: Served, version: int) -> None:
        """These were compared with all that is near them by this model."""
        with self._catalog.atomic():
            self._catalog.comparisons.set_compared(contents, model.key, version)

    def drop_stray_compared(self, contents: Collection[ContentHash]) -> None:
        """Forgets that those of these contents which no image has any more were compared."""
        with self._catalog.atomic():
            self._catalog.comparisons.drop_stray_compared(contents)
