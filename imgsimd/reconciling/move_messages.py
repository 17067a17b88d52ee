"""What the user is told about roots that are gone, and about paths that lead to other folders."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import covering, quoted, text
from imgsimd.problems import Finding
from imgsimd.reconciling.relocation import Relocator
from imgsimd.types import FilePath, RootState
from imgsimd.watching.root_paths import RootPaths
from imgsimd.watching.watched_root import Root


class MoveMessages:
    """Runs on the event loop."""

    def __init__(self, gallery: GalleryThread, relocator: Relocator) -> None:
        self._gallery = gallery
        self._relocator = relocator
        self.suggested: dict[FilePath, FilePath] = {}
        """Where the photos of each root that is gone may be; only the user can tell."""
        self._unknown: set[FilePath] = set()
        """Roots that are gone and have no images in the catalog."""
        self.notes: list[Finding] = []
        """About paths in the configuration that led to folders whose images are still known."""

    def reasons(self, root: Root) -> tuple[Finding, ...]:
        """Why the root is not online; if it is gone, where its photos are, if that is known."""
        return (self._whereabouts(root),) if root.is_gone else root.reasons

    def _whereabouts(self, root: Root) -> Finding:
        old = quoted(root.path)
        what = root.reasons[0].what.partition("; ")[0]
        if new := self._relocator.successions.get(root.path):
            return Finding(
                f"{what}; its photos are in {text(new)} now, where they have kept their ids",
                f"To remove this entry: imgsimctl unwatch {old}",
            )
        if new := self.suggested.get(root.path):
            return Finding(
                f"{what}; its images are kept. The same photos are in {text(new)}",
                f"If the folder has moved there: imgsimctl relocate {old} {quoted(new)}",
            )
        if root.path in self._unknown:
            return Finding(
                f"{what}, and imgsimd knows no photos in it",
                f"If it is not coming back: imgsimctl unwatch {old}",
            )
        return root.reasons[0]

    async def update(self, roots: Sequence[Root], names: RootPaths) -> None:
        """Drops what no longer matters; `roots` and `names` were just looked at."""
        self._relocator.successions = await self._gallery.of_folders(Folders.successions)
        gone = [root.path for root in roots if root.is_gone]
        self._unknown = {path for path in gone if not await self._is_known(path, names)}
        states = {root.path: root.state for root in roots}
        for old in list(self._relocator.successions):
            is_over = old not in states and not await self._relocator.knows(old)
            if states.get(old) is RootState.ONLINE or is_over:
                del self._relocator.successions[old]
                await self._gallery.of_folders(Folders.annul, old)
        places, notes = dict(names.items()), list[Finding]()
        for name, before in await self._gallery.of_folders(Folders.meanings):
            if places.get(name) == before:
                continue
            if not await self._relocator.knows(before):
                await self._gallery.of_folders(Folders.drop_meaning, name, before)
            elif name in places and covering(before, states) is None:
                notes.append(_led_elsewhere(name, before))
        self.notes = notes

    async def _is_known(self, root: FilePath, names: RootPaths) -> bool:
        """Whether any image is known of the folders to which the paths of this root lead or led."""
        meanings = await self._gallery.of_folders(Folders.meanings)
        before = [place for name, place in meanings if name in names.of(root)]
        return any([await self._relocator.knows(place) for place in (root, *before)])


def _led_elsewhere(name: FilePath, before: FilePath) -> Finding:
    folder = quoted(before)
    return Finding(
        f"{text(name)} led to {text(before)} before. The images of the photos there are kept, but "
        "not searched",
        f"To search them, too: imgsimctl watch {folder}. To forget them: "
        f"imgsimctl forget {folder} --confirm",
    )
