"""Keeps the log from being flooded: what repeats is left out for a while, and counted."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

AT_ONCE = 3
"""So often the same line is written before it is left out: a folder may go, come back, and go."""
FIRST_SECONDS, LONGEST_SECONDS = 60.0, 86400.0
"""Between two further lines that are the same; each time it is twice as long."""
SIMILAR_AT_ONCE = 100
"""Lines that one place in the program may write at once: about as many files, for example."""
SIMILAR_SECONDS = 36.0
"""After that it may write one line more each time so long has passed: a hundred in an hour."""
MOST_REMEMBERED = 1000
"""Lines of which it is remembered that they were written."""


@dataclass(slots=True)
class _Line:
    """One line that was written."""

    times: int = 0
    """How often somebody wanted to write it."""
    due: float = 0.0
    """When it may be written again."""
    pause: float = FIRST_SECONDS


@dataclass(slots=True)
class _Place:
    """All lines that one place writes."""

    since: float
    """When `room` was true."""
    room: float = SIMILAR_AT_ONCE
    """How many lines it may write now."""
    left_out: int = 0
    """Lines that were not written since the last one that was."""


class Repeats(logging.Filter):
    """Lets a record through unless there were too many like it. How many were left out is told with
    the next one from the same place, as `record.left_out`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lines: OrderedDict[int, _Line] = OrderedDict()
        self._places: dict[tuple[str, object], _Place] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        place = self._places.setdefault((record.name, record.msg), _Place(now))
        if not (self._is_news(record.getMessage(), now) and _has_room(place, now)):
            place.left_out += 1
            return False
        record.left_out, place.left_out = place.left_out, 0
        return True

    def _is_news(self, message: str, now: float) -> bool:
        line = self._remembered(hash(message))
        line.times += 1
        if line.times > AT_ONCE and now < line.due:
            return False
        line.due = now + line.pause
        if line.times >= AT_ONCE:
            line.pause = min(2 * line.pause, LONGEST_SECONDS)
        return True

    def _remembered(self, key: int) -> _Line:
        line = self._lines.setdefault(key, _Line())
        self._lines.move_to_end(key)
        if len(self._lines) > MOST_REMEMBERED:
            self._lines.popitem(last=False)
        return line


def _has_room(place: _Place, now: float) -> bool:
    """Takes a line from the place's room, which grows with time."""
    gained = (now - place.since) / SIMILAR_SECONDS
    place.since, place.room = now, min(SIMILAR_AT_ONCE, place.room + gained)
    if place.room < 1:
        return False
    place.room -= 1
    return True
