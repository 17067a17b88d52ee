"""Checks the roots and the watcher regularly, since no event reports that one of them is lost."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from imgsimd.paths import is_below, quoted, text
from imgsimd.problems import Finding
from imgsimd.types import FilePath, RootState
from imgsimd.watching.inotify_instance import Loss
from imgsimd.watching.observer import Observer, OnHint
from imgsimd.watching.root_identity import Memory, RootIdentities
from imgsimd.watching.selection import Selection
from imgsimd.watching.watch_coverage import Coverage, limit_of
from imgsimd.watching.watched_root import Root

log = logging.getLogger(__name__)

_POLLED = Finding(
    "a network file system does not report what other machines change; regular scans find that",
    "To have it scanned more often, lower `poll_seconds` in the configuration.",
)


class Supervisor:
    """Knows which roots are online, and watches them. Runs on the event loop."""

    def __init__(self, memory: Memory, on_hint: OnHint, wake: Callable[[], None]) -> None:
        """`wake` is called when `mend` should run before the next check."""
        self._root_identities = RootIdentities(memory)
        self._on_hint = on_hint
        self._wake = wake
        self._observer: Observer | None = None
        self._selection: Selection | None = None
        self._is_current = False
        self._refusal = 0
        self._loss: Loss | None = None
        self._roots: dict[FilePath, Root] = {}
        self._stale: dict[FilePath, None] = {}
        """Roots that have changed, or come, since they were last watched."""
        self.trouble = ""
        """What the last check found wrong with the watcher, in words for the user."""

    def select(self, selection: Selection) -> None:
        """From the next check on, the folders that this selection looks into are watched."""
        self._selection = selection
        self._is_current = False

    @property
    def roots(self) -> list[Root]:
        """Every configured root as it was last found."""
        return [self._described(root) for root in self._roots.values()]

    @property
    def found(self) -> list[Root]:
        """Every configured root as it was last found, without problems of the watcher."""
        return list(self._roots.values())

    async def look_at(self, folder: FilePath) -> Root:
        """Looks at a folder, which need not be a root."""
        return await self._root_identities.look(folder)

    @property
    def online(self) -> list[FilePath]:
        """The roots that are there."""
        return [root.path for root in self._roots.values() if root.state is RootState.ONLINE]

    @property
    def away(self) -> list[FilePath]:
        """Folders in the roots in which a disk was mounted that is absent."""
        return [folder for root in self._roots.values() for folder in root.away]

    @property
    def polled(self) -> list[FilePath]:
        """The roots that must be scanned regularly: the kernel does not report every change."""
        return [
            path
            for path in self.online
            if self._roots[path].is_remote or self._coverage(path).must_be_polled
        ]

    def watches(self, path: FilePath) -> int:
        """How many folders of the root the kernel watches."""
        return self._coverage(path).watched

    @property
    def watch_limit(self) -> int | None:
        """How many folders a user may have watched, by all programs together."""
        return limit_of("max_user_watches")

    def keeps_inodes(self, path: FilePath) -> bool:
        """Whether the file system of a path below a root keeps the inodes of files."""
        around = (r for r in self._roots.values() if is_below(path, r.path))
        return all(root.keeps_inodes(path) for root in around)

    async def look(self, paths: Sequence[FilePath]) -> None:
        """Looks at every root. Call `mend` next."""
        gone = set(self._roots) - set(paths)
        stale = [path for path in paths if await self._is_other(path)]
        for path in [*gone, *stale]:
            await self._unwatch(path)
        for path in gone:
            del self._roots[path]
        self._stale |= dict.fromkeys(stale)

    async def mend(self) -> list[FilePath]:
        """Checks the watcher, replaces it if necessary, and watches every root that was found.

        Returns the folders that must be scanned, since changes may have been missed there. They are
        watched already: watch first, then scan.
        """
        stale, self._stale = self._stale, {}
        if self._observer and not self._observer.is_healthy():
            self._loss = Loss.DEATH
        if self._observer is None or self._loss or not self._is_current:
            return await self._renew(stale)
        self.trouble = ""
        return await self._watched(stale)

    async def is_as_found(self, path: FilePath) -> bool:
        """Looks at the root again: whether it is as the last check found it."""
        return (await self._look(path)).is_as(self._roots.get(path))

    async def close(self) -> None:
        """Ends the watcher's threads."""
        old, self._observer = self._observer, None
        if old:
            await asyncio.to_thread(old.stop)

    def _described(self, root: Root) -> Root:
        if root.state is not RootState.ONLINE:
            return root
        away = [_away(root.path, folder) for folder in root.away]
        if reasons := (*away, *self._coverage(root.path).reasons):
            return replace(root, state=RootState.DEGRADED, reasons=reasons)
        if root.is_remote:
            return replace(root, state=RootState.POLLED, reasons=(_POLLED,))
        return root

    def _coverage(self, path: FilePath) -> Coverage:
        if self._observer:
            return self._observer.coverage(path)
        return Coverage(0, {self._refusal: 1} if self._refusal else {})

    async def _is_other(self, path: FilePath) -> bool:
        """Looks at the root: whether it is another folder than before, or in another state."""
        before, now = self._roots.get(path), await self._look(path)
        self._roots[path] = now
        if before is not None and before.state is not now.state:
            level = logging.INFO if now.state is RootState.ONLINE else logging.WARNING
            why = f": {now.reason}" if now.reason else ""
            log.log(level, "%s is %s%s", path, now.state.value, why)
        return not now.is_as(before)

    async def _look(self, path: FilePath) -> Root:
        assert self._selection
        found = (await self._root_identities.look(path)).within(self._selection)
        if found.state is not RootState.ONLINE:
            return found
        return replace(found, away=await self._root_identities.away(found))

    async def _watched(self, stale: Iterable[FilePath]) -> list[FilePath]:
        """Watches the stale roots that are online, and what could not be watched before. Returns
        the folders that are watched only now."""
        folders = dict.fromkeys(path for path in stale if path in self.online)
        if self._observer:
            for path in self.online:
                folders |= dict.fromkeys(await asyncio.to_thread(self._observer.retry, path))
        return list(folders)

    async def _renew(self, stale: Iterable[FilePath]) -> list[FilePath]:
        """Watches all roots with a new watcher, then ends the old one, which lost events."""
        self._tell_loss()
        old, had_none = self._observer, bool(self._refusal)
        self._observer = self._fresh()
        has_none_still = had_none and self._observer is None
        folders = await self._watched(stale if has_none_still else self.online)
        if old:
            await asyncio.to_thread(old.stop)
        return folders

    def _fresh(self) -> Observer | None:
        assert self._selection
        self._is_current, self._refusal = True, 0
        loop = asyncio.get_running_loop()
        try:
            return Observer(loop, self._selection, self._on_hint, self._on_loss)
        except OSError as error:
            self._refusal = error.errno or errno.EMFILE
            return None

    def _tell_loss(self) -> None:
        loss, self._loss = self._loss, None
        self.trouble = ""
        if loss:
            self.trouble = f"Changes may have been missed ({loss.value}): looking at everything."
            log.warning("%s", self.trouble)

    async def _unwatch(self, path: FilePath) -> None:
        if self._observer:
            await asyncio.to_thread(self._observer.unwatch, path)

    def _on_loss(self, loss: Loss) -> None:
        self._loss = loss
        self._wake()


def _away(root: FilePath, folder: FilePath) -> Finding:
    return Finding(
        f"a disk that was mounted at {text(folder)} is not there; its photos are kept",
        f"Connect the disk. If it is gone for good: imgsimctl watch {quoted(root)}",
    )
