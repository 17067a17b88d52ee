"""Rows and thumbnails of a shared store, beside what the catalog says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from imgsimd.errors import StoreError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.vectors.base import Ids
from imgsimd.gallery.vectors.id_set import NO_IDS
from imgsimd.maintenance.finding import MOST_EXAMPLES, Finding
from imgsimd.pushing.comparison import Difference
from imgsimd.pushing.sharing import Sharing
from imgsimd.types import FilePath, ImageId
from imgsimd.words import counted

LATER = (
    "Catalog and index are rebuilt, and photos are being rescanned. The server that several "
    "machines share could not be compared with them: that is made up for when it can be used. "
)


async def check(gallery: GalleryThread, sharing: Sharing) -> list[Finding]:
    """How the store differs from the catalog; or why it could not be compared. Raises
    CatalogError."""
    try:
        found = await sharing.differences()
        thumbnails = await sharing.thumbnail_differences()
    except StoreError as error:
        return [Finding("store", 1, [str(error)])]
    missing = np.unique(np.concatenate([NO_IDS, *(each.missing for each in found)]))
    return [
        *await _of_images(gallery, "unpushed", missing),
        *_strays(found),
        *await _of_images(gallery, "thumbnails", np.union1d(*thumbnails)),
    ]


async def mend(sharing: Sharing) -> None:
    """Has the store become what the catalog says. Raises StoreError if that has to wait, and
    CatalogError."""
    try:
        await sharing.mend()
    except StoreError as error:
        raise StoreError(LATER + str(error), error.fault) from error


async def _of_images(gallery: GalleryThread, what: str, images: Ids) -> list[Finding]:
    if not len(images):
        return []
    paths = await gallery.do(partial(_paths, images=images[:MOST_EXAMPLES]))
    return [Finding(what, len(images), [os.fsdecode(path) for path in paths])]


def _strays(found: Sequence[Difference]) -> Iterator[Finding]:
    """Their paths would be those of images that are gone."""
    having = [each for each in found if len(each.strays)]
    if having:
        rows = [f"{each.collection} ({counted(len(each.strays), 'row')})" for each in having]
        yield Finding("stray_rows", sum(len(each.strays) for each in having), rows[:MOST_EXAMPLES])


# On the gallery's thread


def _paths(gallery: Gallery, images: Ids) -> list[FilePath]:
    ids = list(map(ImageId, images.tolist()))
    known = {image.id: image.path for image in gallery.images.by_id(ids)}
    return sorted(known.get(image, b"image %d" % image) for image in ids)
