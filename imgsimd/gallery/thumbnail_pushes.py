"""What the pusher of thumbnails takes from the gallery.

Whatever was pushed of an image, its thumbnail is looked at afterwards: whether the store has one,
and of which content. So one is made only where the picture has changed, and not if the file was
renamed or the model changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.shared_thumbnails import EnteredImage, KnownThumbnail
from imgsimd.gallery.visibility import Visibility
from imgsimd.shared_ids import HostNumber
from imgsimd.types import ContentHash, ImageId

LAST = ImageId(2**63 - 1)
LOOKED_AT = 500
"""Images that one step reads, in some milliseconds: of a folder that is offline, a million may be
entered."""


class Portion(NamedTuple):
    """Some of the images that were entered."""

    host: HostNumber
    """As what the gallery is shared."""
    images: Sequence[EnteredImage]
    """Without those in folders that are offline."""
    last: ImageId
    """What follows has lower ids."""


class ThumbnailPushes:
    """Belongs to the gallery's thread."""

    def __init__(self, catalog: Catalog, visibility: Visibility) -> None:
        self._catalog = catalog
        self._table = catalog.shared_thumbnails
        self._visibility = visibility

    def next(self, before: ImageId, limit: int) -> Portion | None:
        """What was entered, with ids below this one, the highest first, since those are new: at
        most so many images, perhaps none. None if there is nothing, if the gallery is not shared,
        and while vectors are still to be pushed: those come first."""
        shared = self._catalog.outbox.shared()
        if shared is None or self._catalog.outbox.next(1):
            return None
        roots = self._catalog.outbox.roots()
        found = self._table.entered(before, LOOKED_AT, roots, self._visibility.roots)
        if not found:
            return None
        images = [each for each in found if each.file is None or each.is_online]
        last = images[limit - 1] if len(images) > limit else found[-1]
        return Portion(shared.host, images[:limit], last.id)

    def done(self, looked_at: Iterable[tuple[EnteredImage, ContentHash | None]]) -> None:
        """The store has thumbnails of these contents of the images by now, or none."""
        with self._catalog.atomic():
            for image, stored in looked_at:
                self._table.settle(image, stored)

    def stored(self, limit: int) -> tuple[HostNumber, list[ImageId]] | None:
        """Images of which the store has a thumbnail, so many of them, and as what the gallery is
        shared; None if there are none, or it is not shared."""
        shared = self._catalog.outbox.shared()
        images = self._table.stored(limit)
        return (shared.host, images) if shared and images else None

    def lose(self, images: Collection[ImageId]) -> None:
        """The store has no thumbnail of these images any more."""
        with self._catalog.atomic():
            self._table.lose(images)

    def known(self, after: ImageId, limit: int) -> list[KnownThumbnail]:
        """What is known of the store's thumbnails: see `SharedThumbnails.page`."""
        return self._table.page(after, limit)

    def compare(self, there: NDArray[np.int64]) -> None:
        """The store has thumbnails of these images, and of no others. Enters whatever differs from
        what was believed here."""
        with self._catalog.atomic():
            self._table.compare(there)
