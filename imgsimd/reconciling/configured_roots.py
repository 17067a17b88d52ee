"""The roots in the configuration: to which folders they lead now, and which of these are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import covering, slashed
from imgsimd.reconciling.moved_folders import MovedFolders
from imgsimd.reconciling.relocation import Relocator
from imgsimd.types import FilePath, MovedPattern
from imgsimd.watching.root_paths import RootPaths
from imgsimd.watching.selection import Selection
from imgsimd.watching.supervisor import Supervisor


class ConfiguredRoots:
    """Runs on the event loop."""

    def __init__(self, gallery: GalleryThread, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.relocator = Relocator(gallery, supervisor.look_at)
        self.moved_folders = MovedFolders(gallery, self.relocator, supervisor.look_at)
        self.names = RootPaths()
        """What the configuration calls them."""
        self.paths: list[FilePath] = []
        """Their real paths."""
        self._applied = set[MovedPattern]()

    def configure(self, names: Iterable[FilePath]) -> None:
        """Takes the paths that the configuration names; the caller calls `select` next."""
        self.names.configure(names)
        self.paths = self.names.places

    def select(self, selection: Selection, ignore: Collection[str]) -> None:
        """From the next check on, watches what this selection, with these patterns, looks into."""
        self._selection = selection
        self.relocator.patterns.configure(ignore)
        self.supervisor.select(selection)
        self._applied = set()
        self.apply_patterns()

    async def look(self) -> bool:
        """Looks at every root; images and patterns follow the folders that have moved.

        True if patterns mean other folders than before: then everything must be compared again.
        """
        await self.relocator.patterns.load()
        has_changed = self.apply_patterns()
        await self.look_at_names()
        await self.supervisor.look(self.paths)
        if await self.moved_folders.follow(self.supervisor.found, self.names):
            has_changed |= self.apply_patterns()
            await self.supervisor.look(self.paths)
        return has_changed

    def apply_patterns(self) -> bool:
        """Has the selection read patterns for folders that have moved. True if that is a change."""
        known = self.relocator.patterns.known
        if known == self._applied:
            return False
        self._applied = known
        self._selection.set_moved_patterns(known)
        self.supervisor.select(self._selection)
        return True

    async def look_at_names(self) -> None:
        """Finds out to which folders the paths in the configuration lead."""
        await self.names.look()
        self.paths = self._selection.links.roots = self.names.places

    @property
    def online(self) -> list[FilePath]:
        """The roots that are there."""
        return self.supervisor.online

    @property
    def are_unseen(self) -> bool:
        """Whether some of them have not been looked at yet."""
        return len(self.supervisor.found) < len(self.paths)

    def keeps_inodes(self, path: FilePath) -> bool:
        """Whether the file system of a path below a root keeps the inodes of files."""
        return self.supervisor.keeps_inodes(path)

    def containing(self, path: FilePath) -> FilePath | None:
        """The root that is there and that the path is or lies in."""
        return covering(path, self.online)

    def offline(self) -> tuple[FilePath, ...]:
        """Paths that begin with one of these lie on a disk that is not there: their files seem to
        be gone, but may not be."""
        offline = set(self.paths) - set(self.online)
        return tuple(map(slashed, offline.union(self.supervisor.away)))

    async def is_itself(self, root: FilePath) -> bool:
        """Checks whether the folder at the root's path is the one that was last found there."""
        return root in self.online and await self.supervisor.is_as_found(root)
