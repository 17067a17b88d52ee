"""Joins watching and gallery where something is lost: what may be forgotten, and when.

An image whose file is certainly gone, from a folder that is certainly there, is missing: hidden and
kept for a while, so that it can be found again, here or elsewhere. Then it is forgotten; but where
very many go together, only when a user says so.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from operator import attrgetter

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import FilePath, Known
from imgsimd.watching import scan
from imgsimd.watching.losses import Judgement, Losses
from imgsimd.watching.roots import Root
from imgsimd.watching.selection import Selection

STEP = 100
"""Images forgotten at once: a few milliseconds, so that questions get in between."""


class Forgetter:
    """Decides about images whose files have gone. Lives on the event loop."""

    def __init__(
        self, gallery: GalleryThread, is_itself: Callable[[FilePath], Awaitable[bool]]
    ) -> None:
        """`is_itself` looks whether the folder at a root's path is the one that was watched."""
        self._gallery = gallery
        self._is_itself = is_itself
        self._asked: dict[FilePath, int] = {}
        """How many images are missing of a root whose user is asked about them."""

    @property
    def is_asking(self) -> bool:
        """Whether a user is asked about missing images."""
        return bool(self._asked)

    def configure(self, selection: Selection, share: float, grace: float) -> None:
        """`share` and `grace` are `config.Watching`'s `may_vanish` and `grace`."""
        self._selection = selection
        self._losses = Losses(share, grace)

    async def let_go(self, root: FilePath, absent: Sequence[Known]) -> bool:
        """Hides those that are certainly gone; `decide` says later what becomes of them.

        False, and nothing is done, where another folder is in the root's place.
        """
        if not await self._is_itself(root):
            return False
        gone = await self._certainly_gone(root, absent)
        gone.sort(key=attrgetter("id"))  # neighbours in the index
        for start in range(0, len(gone), STEP):
            await self._gallery.do(Gallery.hide, gone[start : start + STEP])
        self._losses.note(root, time.monotonic())
        return True

    async def decide(self, roots: Sequence[FilePath]) -> None:
        """Forgets what has gone for good, or asks the user where that is too much."""
        missing = await self._gallery.do(Gallery.count_missing, roots)
        for root, count in missing.items():
            enough = self._losses.enough(root, count)
            known = await self._gallery.do(Gallery.count_known, root, enough) if enough else 0
            judgement = self._losses.judge(root, count, known, time.monotonic())
            self._asked.pop(root, None)
            if judgement is Judgement.ASK:
                self._asked[root] = count
            elif judgement is Judgement.FORGET:
                await self._forget_all(self._gone_below(root, root), is_confirmed=True)

    async def forget(
        self, watched: Sequence[FilePath], folder: FilePath | None, is_confirmed: bool
    ) -> dict[FilePath, int]:
        """How many images wait to be forgotten, by folder; if confirmed, they have been forgotten.

        These are the missing ones of the watched folders (of what is below `folder` in them), and
        all that is known of `folder` where it is not watched.
        """
        found: dict[FilePath, int] = {}
        for root in watched:
            place = root if folder is None else _inner(root, folder)
            if place is not None:
                gone = self._gone_below(root, place)
                found[place] = await self._forget_all(gone, is_confirmed)
        if folder is not None:
            unwatched = _pages(
                lambda after: self._gallery.do(Gallery.outside, watched, folder, after, STEP)
            )
            found[folder] = found.get(folder, 0) + await self._forget_all(unwatched, is_confirmed)
        return {place: count for place, count in found.items() if count}

    def explain(self, root: Root) -> Root:
        """The root; if its user is asked, the reason says what about."""
        if not (count := self._asked.get(root.path)):
            return root
        command = f"imgsimctl forget {shlex.quote(os.fsdecode(root.path))} --confirm"
        reason = (
            f"the files of {count:,} images are gone, or left out by a setting; the images are "
            f"hidden and kept, and come back with their files. If they were meant to go: {command}"
        )
        return replace(root, reason="; ".join(filter(None, [root.reason, reason])))

    async def _certainly_gone(self, root: FilePath, absent: Sequence[Known]) -> list[Known]:
        """Those that are not there at a second look."""
        return await asyncio.to_thread(
            lambda: [i for i in absent if scan.is_no_photo(root, i.path, self._selection)]
        )

    async def _gone_below(self, root: FilePath, place: FilePath) -> AsyncIterator[list[Known]]:
        """The missing images of this place in the root, looked at again, page by page."""
        if not await self._is_itself(root):
            return
        missing = _pages(lambda after: self._gallery.do(Gallery.missing, place, after, STEP))
        async for page in missing:
            yield await self._certainly_gone(root, page)

    async def _forget_all(self, pages: AsyncIterator[list[Known]], is_confirmed: bool) -> int:
        count = 0
        async for page in pages:
            count += len(page)
            if is_confirmed:
                await self._gallery.do(Gallery.forget, page)
        return count


async def _pages(
    ask: Callable[[FilePath], Awaitable[list[Known]]],
) -> AsyncIterator[list[Known]]:
    """What `ask` gives of the paths after one path, until there are no more."""
    after = b""
    while page := await ask(after):
        yield page
        after = page[-1].path


def _inner(one: FilePath, other: FilePath) -> FilePath | None:
    """Of two folders, the one that lies in the other; None where neither does."""
    if (one + b"/").startswith(other + b"/"):
        return one
    return other if other.startswith(one + b"/") else None
