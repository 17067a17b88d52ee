"""An image keeps its id, though its folder has moved and the same photo is known there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from imgsimd.gallery.catalog import Catalog
from imgsimd.types import ContentHash, FilePath, Hidden, ImageId, Known, Rename

_PARKED = b"\0"
"""Begins paths that no file can have, for folders that take each other's place."""


class Inherited(NamedTuple):
    """What has changed: images that lie elsewhere, and others, that are gone for their sake."""

    moved: list[ImageId]
    gone: list[ImageId]


class Inheritance:
    """Moves images in the catalog; all of one call in the caller's transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._images = catalog.images

    def of_photos(self, renames: Sequence[Rename]) -> Inherited:
        """Each image lies under this path now, its file being in this state.

        An image that is known there already goes if it is of the same photo (same size and mtime,
        or same content), and leaves its vectors. Where the photo is another one, the image stays.
        """
        images = {image.id: image for image in self._images.by_id([r.id for r in renames])}
        there = {image.path: image for image in self._images.at([r.path for r in renames])}
        contents = self._images.contents([*images, *(image.id for image in there.values())])
        moved, gone = list[Rename](), list[ImageId]()
        for rename in renames:
            twin, image = there.get(rename.path), images.get(rename.id)
            if image is None or not _is_same(image, rename, twin, contents):
                continue
            if twin:
                self._absorb(twin, image, contents)
                gone.append(twin.id)
            moved.append(rename._replace(state=twin.state) if twin else rename)
        self._images.forget(gone)
        self._images.rename(moved)
        hidden = [i for i, known in images.items() if int(known.is_missing) == Hidden.LEFT_OUT]
        self._images.hide(hidden, Hidden.LEFT_OUT)  # until somebody has looked
        return Inherited([rename.id for rename in moved], gone)

    def of_folders(self, moves: Mapping[FilePath, FilePath]) -> None:
        """Each folder bears its new name now, with all that is in it; two may have swapped names.

        An image that is known there already is of the same photo, which may have changed.
        """
        gone = [twin for old, new in moves.items() for twin in self._absorb_all(old, new, moves)]
        self._images.forget(gone)
        for table in (self._images, self._catalog.roots):
            for old in moves:
                table.move(old, _PARKED + old)
            for old, new in moves.items():
                table.move(_PARKED + old, new)

    def _absorb_all(
        self, old: FilePath, new: FilePath, moves: Mapping[FilePath, FilePath]
    ) -> Iterator[ImageId]:
        pairs = self._images.counterparts(old, new)
        contents = self._images.contents([each.id for pair in pairs for each in pair])
        for image, twin in pairs:
            if not twin.path.startswith(tuple(folder + b"/" for folder in moves)):
                self._absorb(twin, image, contents)
                self._images.set_state([(image.id, twin.state)])
                if twin.is_missing:
                    self._images.hide([image.id], Hidden(twin.is_missing))
                yield twin.id

    def _absorb(
        self, twin: Known, image: Known, contents: Mapping[ImageId, ContentHash | None]
    ) -> None:
        """What is known of the twin, which is about to go, is known of the image."""
        latest = contents[twin.id]
        if latest is None:  # nobody has read it yet
            if not twin.state.copied_from(image.state):
                self._catalog.backlog.give(twin.id, image.id)
            return
        if latest != contents[image.id]:
            self._catalog.embeddings.drop(image.id)
            self._catalog.failures.drop(image.id)
            self._images.set_content(image.id, latest)
        self._catalog.backlog.replace(image.id, twin.id)
        self._catalog.embeddings.give(twin.id, image.id)
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
