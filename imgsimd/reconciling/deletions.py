"""Decides which images are hidden, and which are forgotten, when their files are not found.

1. An image is hidden if its file is certainly gone and its root is certainly there. It is kept for
   a while, since the file may turn up again, here or elsewhere; then it is forgotten.
2. If very many go at once (see `DeletionGuard`), they are forgotten only when the user says so.
3. An image whose file is there, but left out by a setting or a file such as `.nomedia`, is hidden.
   It is kept until the file is let in again, or the user says that it may be forgotten.
4. An imported image is hidden and kept until its file is seen, or the user says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from operator import attrgetter

from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.paging import pages
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import is_below, is_within, quoted
from imgsimd.problems import Finding
from imgsimd.reconciling.deletion_guard import DeletionGuard, Judgement
from imgsimd.types import FilePath, Hidden, Known
from imgsimd.watching import scan
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.selection import Selection
from imgsimd.words import counted

KEPT = (Hidden.LEFT_OUT, Hidden.AWAY)
"""Images that are hidden for these reasons are forgotten only when the user says so."""
_SEEN = [why for why in Hidden if why is not Hidden.EXPECTED]
IMAGES_A_STEP = 100
"""Images forgotten at once: a few milliseconds, so that questions get in between."""


class Deletions:
    """Decides about images whose files have gone. Runs on the event loop."""

    def __init__(
        self, gallery: GalleryThread, is_itself: Callable[[FilePath], Awaitable[bool]]
    ) -> None:
        """`is_itself` checks whether the folder at a root's path is the one that was watched."""
        self._gallery = gallery
        self._is_itself = is_itself
        self._asked: dict[FilePath, int] = {}
        """How many images are missing, for each root where the user must decide."""
        self._kept: dict[FilePath, dict[Hidden, int]] = {}
        """By root and reason, how many images are hidden and kept."""

    @property
    def has_messages(self) -> bool:
        """Whether a user is told about hidden images."""
        return bool(self._asked) or any(any(kept.values()) for kept in self._kept.values())

    def configure(self, selection: Selection, share: float, grace: float) -> None:
        """`share` and `grace` are `config.Watching`'s `may_vanish_share` and `grace_seconds`."""
        self._selection = selection
        self._guard = DeletionGuard(share, grace)

    async def let_go(self, root: FilePath, absent: Sequence[Known]) -> bool:
        """Hides the images whose files are gone or left out; `decide` forgets them later.

        Does nothing and returns False if another folder is at the root's path.
        """
        if not await self._is_itself(root):
            return False
        await self._hide_absent(root, absent)
        self.begin_grace(root)
        return True

    def begin_grace(self, root: FilePath) -> None:
        """Images of the root have just been hidden as gone: none is forgotten for a while."""
        self._guard.note(root, time.monotonic())

    async def review(self, root: FilePath) -> None:
        """Checks whether images are hidden for another reason now, which a scan does not notice."""
        if self.has_messages and await self._is_itself(root):
            async for page in self._hidden(root, _SEEN):
                await self._hide_absent(root, page)

    async def decide(self, roots: Sequence[FilePath]) -> None:
        """Forgets the images that have been gone long enough, or has the user asked if they are too
        many."""
        for root in roots:
            self._kept[root] = await self._gallery.of_images(Images.count_hidden, root)
            count = self._kept[root].pop(Hidden.GONE)
            limit = self._guard.count_limit(root, count)
            known = await self._gallery.of_images(Images.count, root, limit) if limit else 0
            judgement = self._guard.judge(root, count, known, time.monotonic())
            self._asked.pop(root, None)
            if judgement is Judgement.ASK:
                self._asked[root] = count
            elif judgement is Judgement.FORGET:
                gone = self._still_absent(root, root, [Hidden.GONE])
                await self._forget_all(gone, is_confirmed=True)

    async def forget(
        self, watched: Sequence[FilePath], folder: FilePath | None, is_confirmed: bool
    ) -> dict[FilePath, int]:
        """Counts the images that can be forgotten, by folder; if confirmed, forgets them.

        These are the images of the watched folders whose files are gone or left out, and all images
        below `folder` that lie in no watched folder. With a `folder`, only what is below it counts.
        """
        found: dict[FilePath, int] = {}
        for root in watched:
            place = root if folder is None else _inner(root, folder)
            if place is not None:
                absent = self._still_absent(root, place, list(Hidden))
                found[place] = await self._forget_all(absent, is_confirmed)
        if folder is not None:
            unwatched = _by_path(
                lambda after: self._gallery.of_images(
                    Images.outside, watched, folder, after, IMAGES_A_STEP
                )
            )
            found[folder] = found.get(folder, 0) + await self._forget_all(unwatched, is_confirmed)
        return {place: count for place, count in found.items() if count}

    def reasons(self, root: FilePath) -> list[Finding]:
        """What the user must know about hidden images of the root."""
        forgetting = f"To forget them: imgsimctl forget {quoted(root)} --confirm"
        said: list[Finding] = []
        if gone := self._asked.get(root):
            said.append(
                Finding(
                    f"the files of {gone:,} images are gone. The images are hidden, but kept, and "
                    "come back with their files",
                    forgetting,
                )
            )
        kept = self._kept.get(root, {})
        if away := kept.get(Hidden.AWAY):
            said.append(
                Finding(
                    f"{counted(away, 'image')} hidden, but kept, because symbolic links lead to "
                    "nothing now",
                    forgetting,
                )
            )
        if expected := kept.get(Hidden.EXPECTED):
            said.append(
                Finding(
                    f"{counted(expected, 'image')} imported, and hidden until the files are there",
                    forgetting,
                )
            )
        if left_out := kept.get(Hidden.LEFT_OUT):
            said.append(
                Finding(
                    f"{counted(left_out, 'image')} hidden, but kept, because a setting or a file "
                    "such as `.nomedia` leaves them out",
                    forgetting,
                )
            )
        return said

    async def _hide_absent(self, root: FilePath, images: Sequence[Known]) -> None:
        for why, absent in (await self._absent(root, images)).items():
            absent.sort(key=attrgetter("id"))  # neighbours in the index
            for start in range(0, len(absent), IMAGES_A_STEP):
                await self._gallery.do(Gallery.hide, absent[start : start + IMAGES_A_STEP], why)

    async def _absent(self, root: FilePath, images: Sequence[Known]) -> dict[Hidden, list[Known]]:
        """The images that a second look finds gone or left out, by the reason."""
        return await asyncio.to_thread(_sorted, PathSelection(root, self._selection), images)

    async def _still_absent(
        self, root: FilePath, place: FilePath, why: Sequence[Hidden]
    ) -> AsyncIterator[list[Known]]:
        """The images below `place` that are hidden for one of these reasons, and that another look
        finds so, page by page."""
        if await self._is_itself(root):
            async for page in self._hidden(place, why):
                found = await self._absent(root, page)
                for each in KEPT:
                    await self._gallery.do(Gallery.hide, found[each], each)
                yield [image for each in why for image in found[each]]

    def _hidden(self, place: FilePath, why: Sequence[Hidden]) -> AsyncIterator[list[Known]]:
        return _by_path(
            lambda after: self._gallery.of_images(Images.hidden, place, why, after, IMAGES_A_STEP)
        )

    async def _forget_all(self, pages: AsyncIterator[list[Known]], is_confirmed: bool) -> int:
        count = 0
        async for page in pages:
            count += len(page)
            if is_confirmed:
                await self._gallery.do(Gallery.forget, page)
        return count


def _sorted(choice: PathSelection, images: Sequence[Known]) -> dict[Hidden, list[Known]]:
    found: dict[Hidden, list[Known]] = {why: [] for why in Hidden}
    for image in images:
        if (why := scan.absence(image.path, choice)) is not None:
            found[why].append(image)
    return found


def _by_path(ask: Callable[[FilePath], Awaitable[list[Known]]]) -> AsyncIterator[list[Known]]:
    return pages(ask, b"", attrgetter("path"))


def _inner(one: FilePath, other: FilePath) -> FilePath | None:
    """The one of two folders that lies in the other; None if neither does."""
    if is_within(one, other):
        return one
    return other if is_below(other, one) else None
