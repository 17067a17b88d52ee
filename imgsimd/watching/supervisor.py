"""Keeps an eye on the roots and on the watcher itself: nothing tells when one of them is lost."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from imgsimd.types import FilePath, Known, RootState
from imgsimd.watching.observer import Observer, OnHint
from imgsimd.watching.roots import Identity, Root, probe, recognise

log = logging.getLogger(__name__)

_LIMITS = {
    errno.ENOSPC: (
        "there are more folders than the kernel lets us watch, so some changes are found only by "
        "the timed rescan: sudo sysctl fs.inotify.max_user_watches=1048576"
    ),
    errno.EMFILE: (
        "the kernel gives us no watcher, so changes are found only by the timed rescan: "
        "sudo sysctl fs.inotify.max_user_instances=1024"
    ),
}


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
        self._lost: str | None = "not started"
        self._limit = ""
        self._roots: dict[FilePath, Root] = {}

    @property
    def roots(self) -> list[Root]:
        """Every configured root as it was last found."""
        found = list(self._roots.values())
        if not self._limit:
            return found
        return [self._degraded(root) if root.state is RootState.ONLINE else root for root in found]

    @property
    def online(self) -> list[FilePath]:
        """The roots that are there."""
        return [root.path for root in self._roots.values() if root.state is RootState.ONLINE]

    async def check(self, paths: Sequence[FilePath]) -> list[FilePath]:
        """Looks at every root and at the watcher, and mends what it can.

        Returns the roots that must be scanned as a whole, since something may have been missed
        there. They are watched before this returns: watch first, then scan.
        """
        for path in set(self._roots) - set(paths):
            await self._unwatch(path)
            del self._roots[path]
        stale = [path for path in paths if await self._is_other(path)]
        if self._lost is not None or (self._observer and not self._observer.is_healthy()):
            await self._renew()
            return self.online
        for path in stale:
            await self._watch(path)
        return [path for path in stale if path in self.online]

    async def close(self) -> None:
        """Ends the watcher's threads."""
        if self._observer:
            await asyncio.to_thread(self._observer.stop)

    def _degraded(self, root: Root) -> Root:
        return replace(root, state=RootState.DEGRADED, reason=self._limit)

    async def _is_other(self, path: FilePath) -> bool:
        """Looks at the root; whether it is another folder, or in another state, than before."""
        before = self._roots.get(path)
        now = await asyncio.to_thread(probe, path)
        if now.identity is not None and (before is None or now.identity != before.identity):
            now = await self._recognise(now)
        self._roots[path] = now
        if before is not None and before.state is not now.state:
            log.warning("%r is %s%s", path, now.state.value, f": {now.reason}" * bool(now.reason))
        return before is None or (before.state, before.identity) != (now.state, now.identity)

    async def _recognise(self, root: Root) -> Root:
        if root.identity != await self._memory.remembered(root.path):
            sample = await self._memory.sample(root.path)
            root = await asyncio.to_thread(recognise, root, sample)
            if root.state is RootState.ONLINE and root.identity is not None:
                await self._memory.remember(root.path, root.identity)
        return root

    async def _renew(self) -> None:
        """A fresh watcher for all roots, then the end of the old one, whose queue lost events."""
        if self._observer:
            log.warning("events may have been lost (%s), rescanning", self._lost or "thread died")
        self._lost, self._limit = None, ""
        old, self._observer = self._observer, None
        try:
            loop = asyncio.get_running_loop()
            self._observer = Observer(loop, self._on_hint, self._on_loss)
        except OSError as error:
            self._limit = _LIMITS.get(error.errno or 0, f"watching failed: {error.strerror}")
        for path in self.online:
            await self._watch(path)
        if old:
            await asyncio.to_thread(old.stop)

    async def _watch(self, path: FilePath) -> None:
        await self._unwatch(path)
        if self._observer and path in self.online:
            try:
                await asyncio.to_thread(self._observer.watch, path)
            except OSError as error:
                self._limit = _LIMITS.get(error.errno or 0, f"watching failed: {error.strerror}")

    async def _unwatch(self, path: FilePath) -> None:
        if self._observer:
            await asyncio.to_thread(self._observer.unwatch, path)

    def _on_loss(self, what: str) -> None:
        if what == "watch-limit":
            self._limit = _LIMITS[errno.ENOSPC]
        else:
            self._lost = what
            self._wake()
