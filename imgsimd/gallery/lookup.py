"""Which known image a file is: the one at its path, or one that is a link to the same file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.index import Index
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.types import FilePath, FileState, ImageId, Known

File: TypeAlias = tuple[FilePath, FileState | None]
"""A file that somebody asks about, and what it looks like now."""


class Lookup:
    """Finds the images of files. Reads only."""

    def __init__(self, catalog: Catalog, models: ModelSwitch, index: Index) -> None:
        self._images = catalog.images
        self._backlog = catalog.backlog
        self._models = models
        self._index = index

    def find(self, wanted: Sequence[File]) -> list[ImageId | None]:
        """For each file its searchable image, if its vector is that of the file in this state."""
        images = zip(self._of_files(wanted), wanted, strict=True)
        return [self._fresh(image, state) for image, (_, state) in images]

    def _fresh(self, image: Known | None, state: FileState | None) -> ImageId | None:
        """The image's id, if it can be found by a vector of its file in this state."""
        if image is None or image.id not in self._index:
            return None
        is_same = state is None or state.moved_from(image.state)
        return image.id if is_same and not self._awaits_new_content(image.id) else None

    def _awaits_new_content(self, image: ImageId) -> bool:
        return self._backlog.awaits_new_content(image, self._models.serving.key)

    def ids_of(self, files: Sequence[File]) -> list[ImageId]:
        """The ids of the known images of these files."""
        return [image.id for image in self._of_files(files) if image is not None]

    def _of_files(self, files: Sequence[File]) -> list[Known | None]:
        """Each at its path; or else one of the same file, which is known by a link to it."""
        named = {image.path: image for image in self._images.at([path for path, _ in files])}
        inodes = {state.inode: ImageId(0) for path, state in files if state and path not in named}
        linked = {image.state.inode: image for image in self._images.by_inode(inodes, 1)}
        found: list[Known | None] = []
        for path, state in files:
            link = linked.get(state.inode) if state else None
            is_same = link is not None and state is not None and state.moved_from(link.state)
            found.append(named.get(path) or (link if is_same else None))
        return found
