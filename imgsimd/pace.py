"""How fast a long job goes, and lengths of time in words."""

from __future__ import annotations

from collections import deque

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


class Pace:
    """The speed of a job over the last seconds, since the first pictures may have been slow."""

    WINDOW = 15.0
    """Seconds; long enough to even out batches, short enough to notice a change of disk."""
    LEAST = 1.0
    """Seconds that must have been measured before there is a rate."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, finished: int) -> None:
        """Notes how many were `finished` at `now` (seconds)."""
        self._seen.append((now, finished))
        while len(self._seen) > 1 and self._seen[1][0] <= now - self.WINDOW:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Pictures per second; None while that is unknown."""
        if not self._seen:
            return None
        (start, before), (now, finished) = self._seen[0], self._seen[-1]
        return (finished - before) / (now - start) if now - start >= self.LEAST else None


def duration(seconds: float) -> str:
    """How long something took: `9 s`, `12 min`, `2 h 5 min`."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def about(seconds: float) -> str:
    """How long something will take, no more exact than an estimate is: `10 s`, `4 min`, `25 min`,
    `2 h 10 min`, `3 days`."""
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if seconds < 9.5 * _MINUTE:
        return f"{round(seconds / _MINUTE)} min"
    if seconds < 57.5 * _MINUTE:
        return f"{5 * round(seconds / 5 / _MINUTE)} min"
    if seconds < 9.9 * _HOUR:
        return duration(600 * round(seconds / 600)).removesuffix(" 0 min")
    if seconds < 2 * _DAY:
        return f"{round(seconds / _HOUR)} h"
    return f"{round(seconds / _DAY)} days"


def ago(seconds: float) -> str:
    """How long ago something was: `just now`, `12 s ago`, `5 min ago`, `3 days ago`. What a clock
    that is wrong puts into the future is just now."""
    if seconds < 1:
        return "just now"
    units = (_MINUTE, 1.0, "s"), (_HOUR, _MINUTE, "min"), (2 * _DAY, _HOUR, "h")
    for end, unit, name in units:
        if seconds < end:
            return f"{int(seconds / unit)} {name} ago"
    days = int(seconds / _DAY)
    if days < 60:
        return f"{days} days ago"
    return f"{days // 30} months ago" if days < 730 else f"{days // 365} years ago"
