"""Watches roots with watchdog: events become hints, and what may have been missed is reported."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import ObservedWatch

from imgsimd.types import FilePath
from imgsimd.watching.inotify_instance import Instance, Loss, OnLoss
from imgsimd.watching.selection import Selection
from imgsimd.watching.settle import Sign
from imgsimd.watching.watch_coverage import Coverage
from imgsimd.watching.watches import RootWatches

OnHint = Callable[[FilePath, Sign], None]

EVENT_KINDS: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileClosedEvent, FileMovedEvent, FileDeletedEvent,
    DirCreatedEvent, DirMovedEvent, DirDeletedEvent,
]  # fmt: skip
"""Without this filter, the walk over a large tree floods the queue with OPEN events of its own. It
is the same for every root, since masks of one inode overwrite each other."""

_SIGNS: dict[type[FileSystemEvent], tuple[Sign, Sign]] = {
    FileCreatedEvent: (Sign.APPEARED, Sign.APPEARED),
    FileClosedEvent: (Sign.FINISHED, Sign.FINISHED),
    FileDeletedEvent: (Sign.GONE, Sign.GONE),
    FileMovedEvent: (Sign.GONE, Sign.FINISHED),
    DirCreatedEvent: (Sign.FOLDER, Sign.FOLDER),
    DirDeletedEvent: (Sign.FOLDER_GONE, Sign.FOLDER_GONE),
    DirMovedEvent: (Sign.FOLDER_GONE, Sign.FOLDER),
}
"""What an event says about its source and about its destination."""


class Observer:
    """One inotify instance that watches any number of roots.

    `on_hint` and `on_loss` are called on the event loop; `on_loss` only once, since this observer
    may miss changes from then on. Make a new one, watch, scan, then stop this one.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        selection: Selection,
        on_hint: OnHint,
        on_loss: OnLoss,
    ) -> None:
        """Raises OSError if the kernel grants no inotify instance (EMFILE: see sysctl)."""
        self._handler = _Handler(loop, on_hint)
        self._on_loss = on_loss
        self._is_lossy = False
        self._observer = Instance(lambda loss: _post(loop, self._lose, loss), selection)
        self._observer.start()
        self._watches: dict[FilePath, ObservedWatch] = {}
        self._refused: dict[FilePath, int] = {}

    def watch(self, root: FilePath) -> None:
        """Watches the folder and all folders below that are looked into. `coverage` says what could
        not be watched. Blocks during the walk, so it must not run on the event loop."""
        self.unwatch(root)
        try:
            self._watches[root] = self._observer.schedule(
                self._handler, os.fsdecode(root), recursive=True, event_filter=EVENT_KINDS
            )
        except OSError as error:
            self._refused[root] = error.errno or 0

    def unwatch(self, root: FilePath) -> None:
        """Stops watching the root. Does nothing if it is not watched."""
        self._refused.pop(root, None)
        if watch := self._watches.pop(root, None):
            self._observer.unschedule(watch)

    def coverage(self, root: FilePath) -> Coverage:
        """How much of the root is watched."""
        if root in self._refused:
            return Coverage(0, {self._refused[root]: 1})
        watches = self._of(root)
        return watches.coverage() if watches else Coverage()

    def retry(self, root: FilePath) -> list[FilePath]:
        """Tries again to watch what was refused; returns the folders that are watched only now.

        Blocks, so it must not run on the event loop.
        """
        if watches := self._of(root):
            return watches.retry()
        self.watch(root)
        return [root] if root in self._watches else []

    def stop(self) -> None:
        """Ends the threads, which takes some milliseconds. No hint comes afterwards."""
        self._handler.deaf = True
        self._observer.stop()
        self._observer.join(timeout=5)

    def is_healthy(self) -> bool:
        """Whether every thread is alive. Watchdog does not report when one dies."""
        return self._observer.is_healthy()

    def _lose(self, loss: Loss) -> None:
        if not self._is_lossy:
            self._is_lossy = True
            self._on_loss(loss)

    def _of(self, root: FilePath) -> RootWatches | None:
        watch = self._watches.get(root)
        return self._observer.watches(watch) if watch else None


class _Handler(FileSystemEventHandler):
    def __init__(self, loop: asyncio.AbstractEventLoop, on_hint: OnHint) -> None:
        self._loop = loop
        self._on_hint = on_hint
        self.deaf = False

    def dispatch(self, event: FileSystemEvent) -> None:
        """Runs on watchdog's thread, which an exception would end."""
        _post(self._loop, self._tell, event)

    def _tell(self, event: FileSystemEvent) -> None:
        if self.deaf:
            return
        source, destination = _SIGNS[type(event)]
        if event.src_path:
            self._on_hint(os.fsencode(event.src_path), source)
        if event.dest_path:
            self._on_hint(os.fsencode(event.dest_path), destination)


def _post(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *args: object) -> None:
    """Calls on the loop; does nothing after the loop's end."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        if not loop.is_closed():
            raise
