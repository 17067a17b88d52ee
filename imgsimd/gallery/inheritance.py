"""Images keep their ids when they move, even if the same photo is known at the new path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.types import ContentHash, FilePath, Hidden, ImageId, Known, Rename

_PARKED = b"\0"
"""The start of paths that no file can have. Folders that swap names are put there meanwhile."""


class Inherited(NamedTuple):
    """What has changed: images that have moved, and images that were removed in their favour."""

    moved: list[ImageId]
    gone: list[ImageId]


class Inheritance:
    """Moves images in the catalog. Each call runs in the caller's transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._images = catalog.images

    def of_photos(self, renames: Sequence[Rename], is_folder: bool = False) -> Inherited:
        """Each image lies under this path now, its file being in this state.

        An image that is known there already goes if it is of the same photo (same size and mtime,
        or same content), and leaves its vectors. Where the photo is another one, the image stays.
        Where the very folder has moved, `is_folder`, it is of the same photo, which may have
        changed; and what was hidden stays so until somebody has looked.
        """
        images = {image.id: image for image in self._images.by_id([r.id for r in renames])}
        there = {image.path: image for image in self._images.at([r.path for r in renames])}
        contents = self._images.contents([*images, *(image.id for image in there.values())])
        moved, gone = list[Rename](), list[ImageId]()
        for rename in renames:
            twin, image = there.get(rename.path), images.get(rename.id)
            if image is None or not (is_folder or _is_same(image, rename, twin, contents)):
                continue
            if twin:
                self._absorb(twin, image, contents)
                gone.append(twin.id)
            moved.append(rename._replace(state=twin.state) if twin else rename)
        self._images.forget(gone)
        self._images.rename(moved)
        for rename in moved:
            self._keep_hidden(there.get(rename.path) or images[rename.id], rename.id, is_folder)
        return Inherited([rename.id for rename in moved], gone)

    def of_folders(self, moves: Mapping[FilePath, FilePath]) -> None:
        """Renames the folders all at once, so that two can swap names. Each new name is free, or is
        that of another folder that moves."""
        for table in (self._images, self._catalog.roots):
            for old in moves:
                table.move(old, _PARKED + old)
            for old, new in moves.items():
                table.move(_PARKED + old, new)

    def _keep_hidden(self, known: Known, image: ImageId, is_folder: bool) -> None:
        """A photo that was seen at its new path is not missing any more, but it may be left out."""
        why = int(known.is_missing)
        if why == Hidden.LEFT_OUT or (is_folder and why):
            self._images.hide([image], Hidden(why))

    def _absorb(
        self, twin: Known, image: Known, contents: Mapping[ImageId, ContentHash | None]
    ) -> None:
        """Gives the image what is known of its twin, which is about to be removed."""
        latest = contents[twin.id]
        if latest is None:  # nobody has read it yet
            if not twin.state.copied_from(image.state):
                self._catalog.backlog.give(twin.id, image.id)
            return
        if latest != contents[image.id]:
            self._catalog.embeddings.drop(image.id)
            self._catalog.failures.drop(image.id)
            self._catalog.metadata.drop(image.id)
            self._images.set_content(image.id, latest)
        self._catalog.backlog.replace(image.id, twin.id)
        self._catalog.embeddings.give(twin.id, image.id)
        self._catalog.metadata.give(twin.id, image.id)
        self._catalog.failures.give(twin.id, image.id)


def _is_same(
    image: Known,
    rename: Rename,
    twin: Known | None,
    contents: Mapping[ImageId, ContentHash | None],
) -> bool:
    if twin is None:
        return rename.state.copied_from(image.state)
    one, other = contents[image.id], contents[twin.id]
    if one is None or other is None:
        return twin.state.copied_from(image.state)
    return one == other
