"""Stores the identities of folders in the gallery, for `RootIdentities`."""

from __future__ import annotations

from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import FilePath, Known
from imgsimd.watching.watched_root import Identity


class IdentityMemory:
    """See `root_identity.Memory`."""

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery

    async def remembered(self, folder: FilePath) -> Identity | None:
        identity = await self._gallery.of_folders(Folders.remembered, folder)
        return Identity(*identity) if identity else None

    async def remember(self, folder: FilePath, identity: Identity) -> None:
        await self._gallery.of_folders(Folders.remember, folder, identity)

    async def known_as(self, identity: Identity) -> list[FilePath]:
        return await self._gallery.of_folders(Folders.known_as, identity)

    async def mount_points(self, root: FilePath) -> list[FilePath]:
        return await self._gallery.of_folders(Folders.mount_points, root)

    async def sample(self, folder: FilePath) -> list[Known]:
        return await self._gallery.of_images(Images.sample, folder)
