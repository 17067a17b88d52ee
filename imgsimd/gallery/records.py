"""All that the catalog and the index know of one image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.failed_images import Failed
from imgsimd.gallery.index import Index
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.gallery.visibility import Visibility
from imgsimd.types import FilePath, ImageId, Known

MOST_COPIES = 100
"""Files with the same content that are named."""


class Record(NamedTuple):
    """An image, and what is stored of it."""

    image: Known
    is_searchable: bool
    waits: bool
    """Whether the serving model has not seen its file as it is now."""
    has_vector: bool
    """Whether the serving model has a vector of it, maybe of an earlier content."""
    model: str
    """The serving one's name."""
    failure: Failed | None
    """Why it cannot be embedded."""
    metadata: Mapping[str, object]
    """See `PictureMetadata`, and the table; empty if its headers were not read."""
    pair: Known | None
    """Its raw file, or the picture beside its raw file."""
    copies: int
    """How many other images that are shown have the same content."""
    copied: list[tuple[FilePath, ImageId]]
    """The first of these, by path."""


class Records:
    """Reads only. Runs on the gallery's thread."""

    def __init__(
        self, catalog: Catalog, models: ModelSwitch, visibility: Visibility, index: Index
    ) -> None:
        self._catalog = catalog
        self._models = models
        self._visibility = visibility
        self._index = index

    def at(self, path: FilePath) -> Record | None:
        """What is known of the image at this path; None if none is known there."""
        image = next(iter(self._catalog.images.at([path])), None)
        return None if image is None else self._of(image)

    def _of(self, image: Known) -> Record:
        catalog, serving = self._catalog, self._models.serving
        copies, copied = catalog.photos.copies(image.id, self._visibility.roots, MOST_COPIES)
        return Record(
            image,
            is_searchable=image.id in self._index,
            waits=catalog.backlog.awaits_new_content(image.id, serving.key),
            has_vector=any(catalog.embeddings.vectors(serving.key, [image.id])),
            model=serving.name,
            failure=catalog.failures.of(image.id),
            metadata=catalog.metadata.of(image.id) or {},
            pair=self._pair(image.path),
            copies=copies,
            copied=copied,
        )

    def _pair(self, path: FilePath) -> Known | None:
        partner = self._catalog.raw_pairs.partner(path)
        return None if partner is None else self._catalog.images.at([partner])[0]
