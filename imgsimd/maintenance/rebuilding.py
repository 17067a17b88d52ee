"""Repairs what a check may find."""

from __future__ import annotations

from pathlib import Path

from imgsimd.gallery.consistency import Flaw
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.maintenance import flaws, shared_rows
from imgsimd.pushing.sharing import Sharing
from imgsimd.reconciling.reconciler import Reconciler

VECTORLESS = (Flaw.SPOILED, Flaw.STRANDED)
"""Images with these flaws must be embedded again."""


async def rebuild(
    gallery: GalleryThread, reconciler: Reconciler, file: Path, sharing: Sharing | None
) -> None:
    """Repairs the catalog (`file`), builds the index from it, and has the whole disk compared with
    it in the background. Only images without a valid vector are embedded again. If the gallery is
    shared, what the store lacks is pushed, and what it should not have is removed.

    Raises CatalogError; and StoreError if all this was done, but for what the store needs: that is
    done when it can be used.
    """
    if await flaws.of_database(gallery, file):
        await gallery.do(Gallery.recover)
    async for flawed in flaws.of_images(gallery):
        vectorless = [image.id for image in flawed if image.flaw in VECTORLESS]
        await gallery.do(Gallery.redo, vectorless)
    await gallery.do(Gallery.reload)
    reconciler.begin_anew()
    if sharing is not None:
        await shared_rows.mend(sharing)
