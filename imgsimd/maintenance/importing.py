"""Takes what another gallery knows, while questions are answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imgsimd.gallery.catalog.not_duplicates import Decision
from imgsimd.gallery.imports import ForeignImage, ForeignModel, Taken
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import FilePath, Hash, ImageId

IMAGES_A_STEP = 100
"""Images taken at once: some milliseconds, so that questions get in between."""


async def take(
    gallery: GalleryThread,
    images: Sequence[ForeignImage],
    models: Sequence[ForeignModel],
    by: Hash,
    gives_new_ids: bool,
) -> Taken:
    """See `Imports.take`; each step is stored for good before the next. Raises ConfigError or
    CatalogError."""
    added = known = different = 0
    refused: list[ImageId] = []
    for start in range(0, len(images), IMAGES_A_STEP):
        part = images[start : start + IMAGES_A_STEP]
        taken = await gallery.do(lambda g, i: g.imports.take(i, models, by, gives_new_ids), part)
        added += taken.added
        known += taken.known
        different += taken.different
        refused += taken.refused
    return Taken(added, known, different, refused)


async def end(
    gallery: GalleryThread,
    last_id: ImageId,
    roots: Iterable[FilePath],
    decisions: Iterable[Decision],
) -> None:
    """See `Imports.end`. Raises CatalogError."""
    await gallery.do(lambda g: g.imports.end(last_id, roots, decisions))
