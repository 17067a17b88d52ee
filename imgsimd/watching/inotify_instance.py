"""Watchdog's inotify instance, which also reports when it may have missed something.

Private names of watchdog 7.1 are overridden here and in watches.py; tests/watching has a contract
test for each fact that this relies on.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from enum import Enum
from typing import Any

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

from imgsimd.watching.selection import Selection
from imgsimd.watching.watches import RootWatches


class Loss(Enum):
    """Why a change may have been missed, in words for the user."""

    OVERFLOW = "more happened at once than the kernel remembers"
    UNMOUNT = "a disk was unmounted"
    DEATH = "the watcher had stopped"


OnLoss = Callable[[Loss], None]

WAKE_UP_SECONDS = 3600.0
"""How long watchdog's threads sleep without an event. Long, to save power: to stop them puts
something into their queues, which wakes them."""


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
        """As upstream, but without a warning for each folder, and every refusal is raised."""
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
        """As upstream, with `RootWatches`."""
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


class Instance(BaseObserver):
    """Watchdog's InotifyObserver, with an inotify instance that reports losses."""

    def __init__(self, on_loss: OnLoss, selection: Selection) -> None:
        self._inotify_fd = _LossAwareFD(on_loss)
        self._inotify_fd.start()
        super().__init__(
            _LossAwareEmitter,
            timeout=WAKE_UP_SECONDS,
            inotify_fd=self._inotify_fd,
            selection=selection,
        )

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self._inotify_fd.stop()

    def is_healthy(self) -> bool:
        threads = [self, self._inotify_fd, *self.emitters]
        return all(thread.is_alive() for thread in threads)

    def watches(self, watch: ObservedWatch) -> RootWatches | None:
        """The watches of a root; None if they have ended, as when the root is deleted."""
        watches = self._emitter_for_watch[watch]._inotify  # type: ignore[attr-defined]
        assert watches is None or isinstance(watches, RootWatches)
        return watches
