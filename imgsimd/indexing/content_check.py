"""Compares the contents of files with those that the catalog knows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from imgsimd.errors import BadPictureError
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.photo_file import UNHASHED
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.types import ContentHash, Hash, ImageId, Known

IMAGES_A_PART = 64
"""Images compared at once."""


async def differing(
    gallery: GalleryThread, opener: PhotoOpener, images: Sequence[Known]
) -> list[Known]:
    """The images whose files have another content than the one that is known, or cannot be read.

    Reads every file completely. Files that are being written are left out.
    """
    by = await gallery.of_images(Images.hash)
    different: list[Known] = []
    for start in range(0, len(images), IMAGES_A_PART):
        part = images[start : start + IMAGES_A_PART]
        contents = await asyncio.to_thread(_contents, part, opener, by)
        same = await gallery.of_images(Images.with_content, contents)
        different += [i for i in part if i.id in contents and i.id not in same]
    return different


def _contents(images: Sequence[Known], opener: PhotoOpener, by: Hash) -> dict[ImageId, ContentHash]:
    """What is in the files now; `UNHASHED` for one that cannot be read."""
    contents: dict[ImageId, ContentHash] = {}
    for image in images:
        try:
            with opener.opened(image.path, by=by) as photo:
                if photo is not None:
                    contents[image.id] = photo.content
        except BadPictureError:
            contents[image.id] = UNHASHED
    return contents
