"""What a user is told of roots that are gone, and of paths that lead elsewhere than before."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import covering, quoted, text
from imgsimd.reconciling.relocation import Relocator
from imgsimd.types import FilePath, RootState
from imgsimd.watching.root_paths import RootPaths
from imgsimd.watching.watched_root import Root


class MoveMessages:
    """Lives on the event loop."""

    def __init__(self, gallery: GalleryThread, relocator: Relocator) -> None:
        self._gallery = gallery
        self._relocator = relocator
        self.suggested: dict[FilePath, FilePath] = {}
        """Where the photos of roots that are gone may be: only the user knows."""
        self._unknown: set[FilePath] = set()
        """Roots that are gone, and of which nothing is known."""
        self.notes: list[str] = []
        """What a path in the configuration led to before, and is still known."""

    def reason(self, root: Root) -> str:
        """The root's reason; of one that is gone, with where its photos are, as far as is known."""
        if not root.is_gone:
            return root.reason
        old = quoted(root.path)
        what = root.reason.partition("; ")[0]
        if new := self._relocator.successions.get(root.path):
            return (
                f"{what}; its photos are in {text(new)} now, where they have kept their ids. "
                f"To end this message: imgsimctl unwatch {old}"
            )
        if new := self.suggested.get(root.path):
            return (
                f"{what}; its photos are kept. The same photos are in {text(new)}: if that is "
                f"where it has moved: imgsimctl relocate {old} {quoted(new)}"
            )
        if root.path in self._unknown:
            return (
                f"{what}, and imgsimd knows no photos in it. If it is not coming back: "
                f"imgsimctl unwatch {old}"
            )
        return root.reason

    async def update(self, roots: Sequence[Root], names: RootPaths) -> None:
        """Has nothing said, or remembered, of moves that are over."""
        self._relocator.successions = await self._gallery.of_folders(Folders.successions)
        gone = [root.path for root in roots if root.is_gone]
        self._unknown = {path for path in gone if not await self._is_known(path, names)}
        states = {root.path: root.state for root in roots}
        for old in list(self._relocator.successions):
            is_over = old not in states and not await self._relocator.knows(old)
            if states.get(old) is RootState.ONLINE or is_over:
                del self._relocator.successions[old]
                await self._gallery.of_folders(Folders.annul, old)
        places, notes = dict(names.items()), list[str]()
        for name, before in await self._gallery.of_folders(Folders.meanings):
            if places.get(name) == before:
                continue
            if not await self._relocator.knows(before):
                await self._gallery.of_folders(Folders.drop_meaning, name, before)
            elif name in places and covering(before, states) is None:
                notes.append(_led_elsewhere(name, before))
        self.notes = notes

    async def _is_known(self, root: FilePath, names: RootPaths) -> bool:
        """Whether any image is known of what the paths to this root lead to, or have led to."""
        meanings = await self._gallery.of_folders(Folders.meanings)
        before = [place for name, place in meanings if name in names.of(root)]
        return any([await self._relocator.knows(place) for place in (root, *before)])


def _led_elsewhere(name: FilePath, before: FilePath) -> str:
    folder = quoted(before)
    return (
        f"{text(name)} led to {text(before)} before; what is known of the photos there is kept, "
        f"but not searched. To search them, too: imgsimctl watch {folder}. To forget them: "
        f"imgsimctl forget {folder} --confirm"
    )
