"""Watchdog, with its losses made visible: events become hints, and nothing is lost silently.

Private names of watchdog 7.1 are overridden here; tests/watching/test_observer.py has a contract
test for each fact that this relies on.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from enum import Enum
from typing import Any

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
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.inotify import InotifyEmitter
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from imgsimd.types import FilePath
from imgsimd.watching.coverage import Coverage
from imgsimd.watching.selection import Selection
from imgsimd.watching.settle import Sign
from imgsimd.watching.watches import RootWatches


class Loss(Enum):
    """Why something may have happened that nobody told; in words for the user."""

    OVERFLOW = "more happened at once than the kernel remembers"
    UNMOUNT = "a disk was unmounted"
    DEATH = "the watcher had stopped"


OnHint = Callable[[FilePath, Sign], None]
OnLoss = Callable[[Loss], None]

EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileClosedEvent, FileMovedEvent, FileDeletedEvent,
    DirCreatedEvent, DirMovedEvent, DirDeletedEvent,
]  # fmt: skip
"""Without this filter the walk over a big tree floods the queue with its own OPEN events. The same
for every root: masks on one inode overwrite each other."""

_SIGNS: dict[type[FileSystemEvent], tuple[Sign, Sign]] = {
    FileCreatedEvent: (Sign.APPEARED, Sign.APPEARED),
    FileClosedEvent: (Sign.FINISHED, Sign.FINISHED),
    FileDeletedEvent: (Sign.GONE, Sign.GONE),
    FileMovedEvent: (Sign.GONE, Sign.FINISHED),
    DirCreatedEvent: (Sign.FOLDER, Sign.FOLDER),
    DirDeletedEvent: (Sign.FOLDER_GONE, Sign.FOLDER_GONE),
    DirMovedEvent: (Sign.FOLDER_GONE, Sign.FOLDER),
}
"""What an event says of its source and of its destination."""

WAKE_UP = 3600.0
"""Seconds after which watchdog's threads wake without an event: only to save power, since stopping
them puts something into their queues."""


class Observer:
    """One inotify instance that watches any number of roots.

    `on_hint` and `on_loss` are called on the event loop, the latter only once: after a loss this
    observer no longer tells everything. Make a new one, watch, scan, then stop this one.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        selection: Selection,
        on_hint: OnHint,
        on_loss: OnLoss,
    ) -> None:
        """Raises OSError where no inotify instance can be had (EMFILE: see sysctl)."""
        self._handler = _Handler(loop, on_hint)
        self._on_loss = on_loss
        self._is_lossy = False
        self._observer = _LossAwareObserver(lambda loss: _post(loop, self._lose, loss), selection)
        self._observer.start()
        self._watches: dict[FilePath, ObservedWatch] = {}
        self._refused: dict[FilePath, int] = {}

    def watch(self, root: FilePath) -> None:
        """Watches the folder and everything below that is looked into; `coverage` tells of what
        could not be watched. Blocks for the walk: not for the event loop."""
        self.unwatch(root)
        try:
            self._watches[root] = self._observer.schedule(
                self._handler, os.fsdecode(root), recursive=True, event_filter=EVENTS
            )
        except OSError as error:
            self._refused[root] = error.errno or 0

    def unwatch(self, root: FilePath) -> None:
        """Stops watching it; nothing happens if it is not watched."""
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
        """Asks again for what was refused; returns the folders that are watched only now.

        Blocks: not for the event loop.
        """
        if watches := self._of(root):
            return watches.retry()
        self.watch(root)
        return [root] if root in self._watches else []

    def stop(self) -> None:
        """Ends the threads; takes some milliseconds. No hint comes afterwards."""
        self._handler.deaf = True
        self._observer.stop()
        self._observer.join(timeout=5)

    def is_healthy(self) -> bool:
        """Whether every thread lives: watchdog tells nobody when one dies."""
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
        """Runs on watchdog's thread, which one exception would end for good."""
        _post(self._loop, self._tell, event)

    def _tell(self, event: FileSystemEvent) -> None:
        if self.deaf:
            return
        source, destination = _SIGNS[type(event)]
        if event.src_path:
            self._on_hint(os.fsencode(event.src_path), source)
        if event.dest_path:
            self._on_hint(os.fsencode(event.dest_path), destination)


class _LossAwareFD(InotifyFD):
    def __init__(self, on_loss: OnLoss) -> None:
        self._on_loss = on_loss
        super().__init__()

    def handle_event(self, event: InotifyEvent) -> None:
        if event.is_queue_overflow:
            self._on_loss(Loss.OVERFLOW)  # not passed on: upstream's rebuild can go on for ever
        elif event.mask & InotifyConstants.IN_UNMOUNT:
            self._on_loss(Loss.UNMOUNT)  # even if it is back at once, its watches are gone
        else:
            super().handle_event(event)

    def _add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        """As upstream, without a warning for each folder, and with every refusal raised."""
        watch = self._get_or_create_watch(path, mask)
        if watch.wd == -1:  # upstream's way of ignoring EACCES
            self._watch_for_wd.pop(watch.wd, None)
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        watch.callbacks[id_] = callback
        return watch.wd

    def run(self) -> None:
        try:
            super().run()
        except BaseException:
            self._on_loss(Loss.DEATH)
            raise


class _LossAwareEmitter(InotifyEmitter):
    def __init__(self, *args: Any, selection: Selection, **options: Any) -> None:
        super().__init__(*args, **options)
        self._selection = selection

    def on_thread_start(self) -> None:
        """As upstream, with our own watches."""
        self._inotify = RootWatches(
            self._inotify_fd,
            os.fsencode(self.watch.path),
            selection=self._selection,
            is_recursive=self.watch.is_recursive,
            event_mask=self.get_event_mask_from_filter(),
            follow_symlink=self.watch.follow_symlink,
        )

    def run(self) -> None:
        try:
            super().run()
        except BaseException:
            assert isinstance(self._inotify_fd, _LossAwareFD)
            self._inotify_fd._on_loss(Loss.DEATH)
            raise


class _LossAwareObserver(BaseObserver):
    """Watchdog's InotifyObserver, with an inotify instance that tells of its losses."""

    def __init__(self, on_loss: OnLoss, selection: Selection) -> None:
        self._inotify_fd = _LossAwareFD(on_loss)
        self._inotify_fd.start()
        super().__init__(
            _LossAwareEmitter, timeout=WAKE_UP, inotify_fd=self._inotify_fd, selection=selection
        )

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self._inotify_fd.stop()

    def is_healthy(self) -> bool:
        threads = [self, self._inotify_fd, *self.emitters]
        return all(thread.is_alive() for thread in threads)

    def watches(self, watch: ObservedWatch) -> RootWatches | None:
        """None if they have ended, as they do when the root is deleted."""
        watches = self._emitter_for_watch[watch]._inotify  # type: ignore[attr-defined]
        assert watches is None or isinstance(watches, RootWatches)
        return watches


def _post(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *args: object) -> None:
    """Calls on the loop; after the loop's end there is nobody to tell."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        if not loop.is_closed():
            raise
