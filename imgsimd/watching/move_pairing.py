"""Pairs the two halves of a rename, at the same cost for each however many there are.

Upstream searches its queue from the head for every file that is moved: ten thousand renames take
four seconds of CPU. This one finds a half by its cookie.
"""

from __future__ import annotations

import time
from threading import Condition

from watchdog.observers.inotify_move_event_grouper import (
    GroupedInotifyEvent,
    InotifyMoveEventGrouper,
    PathedInotifyEvent,
)


class MovePairer(InotifyMoveEventGrouper):
    """A queue of events. Each `moved_from` waits for its `moved_to`, for at most 0.5 s."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._events: dict[int, tuple[float, GroupedInotifyEvent]] = {}
        self._halves: dict[int, int] = {}
        """Cookie of a `moved_from` that waits, to its number in `_events`."""
        self._number = 0
        self._closed = False

    def put_event(self, event: PathedInotifyEvent) -> None:
        """Adds an event. The thread that reads the inotify descriptor calls it."""
        with self._changed:
            half = self._halves.pop(event.ev.cookie, None) if event.ev.is_moved_to else None
            if half is not None:
                _, source = self._events.pop(half)
                assert isinstance(source, PathedInotifyEvent)
                self._append(0.0, (source, event))
            elif event.ev.is_moved_from:
                self._halves[event.ev.cookie] = self._append(time.monotonic() + self.delay, event)
            else:
                self._append(0.0, event)
            self._changed.notify()

    def read_event(self) -> GroupedInotifyEvent | None:
        """Waits for the next event and returns it; None after `close`."""
        with self._changed:
            while not self._closed:
                if not self._events:
                    self._changed.wait()
                    continue
                number, (due, event) = next(iter(self._events.items()))
                if (wait := due - time.monotonic()) > 0:
                    self._changed.wait(wait)
                    continue
                del self._events[number]
                if isinstance(event, PathedInotifyEvent) and event.ev.is_moved_from:
                    self._halves.pop(event.ev.cookie, None)
                return event
            return None

    def get_queued_moved_from_event(self, cookie: int) -> PathedInotifyEvent | None:
        """The waiting first half of the rename."""
        with self._changed:
            half = self._halves.get(cookie)
            event = self._events[half][1] if half is not None else None
            return event if isinstance(event, PathedInotifyEvent) else None

    def discard_pending_events(self) -> None:
        with self._changed:
            self._events.clear()
            self._halves.clear()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _append(self, due: float, event: GroupedInotifyEvent) -> int:
        self._number += 1
        self._events[self._number] = (due, event)
        return self._number
