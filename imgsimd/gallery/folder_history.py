"""What is remembered of folders: their identities, their moves, and the paths that led to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.root_memory import Remembered
from imgsimd.paths import is_below, moved
from imgsimd.types import ContentHash, FilePath, ImageId, Known, MovedPattern


class Predecessor(NamedTuple):
    """An image that is known where its photo was before the folder moved."""

    image: Known
    content: ContentHash | None


class Folders:
    """Reads and changes the catalog only; the index knows nothing of folders."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._roots = catalog.roots
        self._moves = catalog.moves

    # Identities

    def remembered(self, root: FilePath) -> tuple[int, int] | None:
        """The identity under which the root was last seen."""
        return self._roots.remembered(root)

    def known_as(self, identity: tuple[int, int]) -> list[FilePath]:
        """The folders that were last seen under this identity."""
        return self._roots.known_as(identity)

    def mount_points(self, root: FilePath) -> list[FilePath]:
        """The folders below the root that have an identity of their own."""
        return self._roots.mount_points(root)

    def seen(self) -> list[Remembered]:
        """Every folder that was ever a root, or has an identity of its own."""
        return self._roots.all()

    def remember(self, root: FilePath, identity: tuple[int, int]) -> None:
        """Stores the root's identity."""
        with self._catalog.lasting():
            self._roots.remember(root, identity)

    def disown(self, root: FilePath) -> None:
        """Forgets the root's identity: whichever folder is found there next is the root."""
        with self._catalog.lasting():
            self._roots.disown(root)

    def set_lost(self, root: FilePath, is_lost: bool) -> ImageId | None:
        """Notes that the root is gone, or back. Returns `Remembered.lost_after`."""
        after = self._catalog.images.last_id() if is_lost else None
        with self._catalog.lasting():
            self._roots.set_lost(root, after)
        return after

    # Moves

    def successions(self) -> dict[FilePath, FilePath]:
        """Of each folder that has moved, the new place."""
        return self._moves.successions()

    def succeed(self, old: FilePath, new: FilePath) -> None:
        """Notes that folder `old` has moved: photos found in `new` are those known from there."""
        with self._catalog.lasting():
            self._moves.succeed(old, new)

    def move_identities(self, old: FilePath, new: FilePath) -> None:
        """Moves the identities of the folder, and of all disks that are mounted in it."""
        with self._catalog.lasting():
            self._roots.move(old, new)

    def annul(self, old: FilePath) -> None:
        """Removes the note that this folder has moved."""
        with self._catalog.lasting():
            self._moves.annul(old)

    def predecessors(self, paths: Iterable[FilePath]) -> dict[FilePath, Predecessor]:
        """By path, the image of the photo that lay at the same place in a folder that has moved
        here."""
        successions = self._moves.successions()
        if not successions:
            return {}
        before = {
            path: moved(path, new, old)
            for path in paths
            for old, new in successions.items()
            if is_below(path, new)
        }
        images = {image.path: image for image in self._catalog.images.at(list(before.values()))}
        contents = self._catalog.images.contents([image.id for image in images.values()])
        return {
            path: Predecessor(images[old], contents[images[old].id])
            for path, old in before.items()
            if old in images
        }

    # What the paths of the configuration mean

    def meanings(self) -> list[tuple[FilePath, FilePath]]:
        """What each path of the configuration has led to."""
        return self._moves.meanings()

    def note_meanings(self, meanings: Iterable[tuple[FilePath, FilePath]]) -> None:
        """Notes the paths of the configuration, and the places that they lead to."""
        with self._catalog.lasting():
            for name, place in meanings:
                self._moves.note_meaning(name, place)

    def drop_meaning(self, name: FilePath, place: FilePath) -> None:
        """Removes the note that the path led there."""
        with self._catalog.lasting():
            self._moves.drop_meaning(name, place)

    # What the patterns of the configuration mean

    def patterns(self) -> set[MovedPattern]:
        """Patterns of `ignore` that mean a folder by the path that it had before it moved."""
        return self._moves.patterns()

    def set_patterns(self, patterns: Iterable[MovedPattern]) -> None:
        """Stores these instead."""
        with self._catalog.lasting():
            self._moves.set_patterns(patterns)
