"""Keeps an eye on the roots and on the watcher itself: nothing tells when one of them is lost."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from imgsimd.types import FilePath, Known, RootState
from imgsimd.watching.coverage import Coverage
from imgsimd.watching.observer import Loss, Observer, OnHint
from imgsimd.watching.roots import Identity, Root, probe, recognise
from imgsimd.watching.selection import Selection

log = logging.getLogger(__name__)

_POLLED = (
    "a network file system tells nothing of what others change; that is found by timed scans, "
    "see `poll`"
)


class Memory(Protocol):
    """What must outlive the daemon, so that a root can be recognised."""

    async def remembered(self, root: FilePath) -> Identity | None:
        """Under which identity the root was last seen."""

    async def remember(self, root: FilePath, identity: Identity) -> None:
        """Stores it."""

    async def sample(self, root: FilePath) -> list[Known]:
        """Some of the images known below the root."""


class Supervisor:
    """Knows which roots are online and has them watched. Lives on the event loop."""

    def __init__(self, memory: Memory, on_hint: OnHint, wake: Callable[[], None]) -> None:
        """`wake` is called when `check` has something to do before its time."""
        self._memory = memory
        self._on_hint = on_hint
        self._wake = wake
        self._observer: Observer | None = None
        self._selection: Selection | None = None
        self._is_current = False
        self._loss: Loss | None = None
        self._roots: dict[FilePath, Root] = {}
        self.trouble = ""
        """What the last check found wrong with the watcher, in words for the user."""

    def select(self, selection: Selection) -> None:
        """From the next check on, watches what this selection looks into."""
        self._selection = selection
        self._is_current = False

    @property
    def roots(self) -> list[Root]:
        """Every configured root as it was last found."""
        return [self._described(root) for root in self._roots.values()]

    @property
    def online(self) -> list[FilePath]:
        """The roots that are there."""
        return [root.path for root in self._roots.values() if root.state is RootState.ONLINE]

    @property
    def polled(self) -> list[FilePath]:
        """Those of them that must be scanned now and then, since not every change is told."""
        return [
            path
            for path in self.online
            if self._roots[path].is_remote or self._coverage(path).must_be_polled
        ]

    async def check(self, paths: Sequence[FilePath]) -> list[FilePath]:
        """Looks at every root and at the watcher, and mends what it can.

        Returns the folders that must be scanned, since something may have been missed there. They
        are watched before this returns: watch first, then scan.
        """
        gone = set(self._roots) - set(paths)
        stale = [path for path in paths if await self._is_other(path)]
        for path in [*gone, *stale]:
            await self._unwatch(path)
        for path in gone:
            del self._roots[path]
        if self._observer and not self._observer.is_healthy():
            self._loss = Loss.DEATH
        if self._observer is None or self._loss or not self._is_current:
            return await self._renew(stale)
        self.trouble = ""
        return await self._watched(stale)

    async def close(self) -> None:
        """Ends the watcher's threads."""
        if self._observer:
            await asyncio.to_thread(self._observer.stop)

    def _described(self, root: Root) -> Root:
        if root.state is not RootState.ONLINE:
            return root
        if reason := self._coverage(root.path).reason:
            return replace(root, state=RootState.DEGRADED, reason=reason)
        if root.is_remote:
            return replace(root, state=RootState.POLLED, reason=_POLLED)
        return root

    def _coverage(self, path: FilePath) -> Coverage:
        if self._observer is None:
            return Coverage(0, {errno.EMFILE: 1})
        return self._observer.coverage(path)

    async def _is_other(self, path: FilePath) -> bool:
        """Looks at the root; whether it is another folder, or in another state, than before."""
        before, now = self._roots.get(path), await asyncio.to_thread(probe, path)
        if now.identity is not None:
            now = await self._recognise(now)
        self._roots[path] = now
        if before is not None and before.state is not now.state:
            log.warning("%r is %s%s", path, now.state.value, f": {now.reason}" * bool(now.reason))
        return not now.is_as(before)

    async def _recognise(self, root: Root) -> Root:
        if root.identity != await self._memory.remembered(root.path):
            sample = await self._memory.sample(root.path)
            root = await asyncio.to_thread(recognise, root, sample)
            if root.state is RootState.ONLINE and root.identity is not None:
                await self._memory.remember(root.path, root.identity)
        return root

    async def _watched(self, stale: Sequence[FilePath]) -> list[FilePath]:
        """The stale roots that are there, and folders that could not be watched before; all
        watched now, as far as can be."""
        folders = dict.fromkeys(path for path in stale if path in self.online)
        for path in self.online:
            assert self._observer
            folders |= dict.fromkeys(await asyncio.to_thread(self._observer.retry, path))
        return list(folders)

    async def _renew(self, stale: Sequence[FilePath]) -> list[FilePath]:
        """A fresh watcher for all roots, then the end of the old one, whose queue lost events."""
        old, self._observer = self._observer, None
        is_needed, self._is_current = bool(old) or not self._is_current, True
        self._tell_loss()
        assert self._selection
        with suppress(OSError):  # the roots are told to be unwatched; the next check tries again
            loop = asyncio.get_running_loop()
            self._observer = Observer(loop, self._selection, self._on_hint, self._on_loss)
            for path in self.online:
                await asyncio.to_thread(self._observer.watch, path)
        if old:
            await asyncio.to_thread(old.stop)
        everything = self.online if is_needed or self._observer else stale
        return [path for path in everything if path in self.online]

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
