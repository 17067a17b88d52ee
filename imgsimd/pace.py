"""How fast a long job goes, and when it will be done."""

from __future__ import annotations

from collections import deque


class Pace:
    """The speed of a job over the last seconds, since the first pictures may have been slow."""

    WINDOW = 15.0
    """Seconds; long enough to even out batches, short enough to notice a change of disk."""
    LEAST = 1.0
    """Seconds that must have been measured before there is a rate."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, finished: int) -> None:
        """Notes how many were `finished` at `now` (seconds); fewer than before means a new
        start."""
        if self._seen and finished < self._seen[-1][1]:
            self._seen.clear()
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

    def left(self, pictures: int) -> float | None:
        """Seconds that so many more pictures will take; None while that is unknown."""
        return pictures / self.rate if self.rate else None

    def facts(self, pictures: int) -> list[str]:
        """How fast it goes, and when so many more pictures will be done, in words; empty while that
        is unknown."""
        facts = []
        if self.rate:
            facts.append(f"{self.rate:,.{0 if self.rate >= 10 else 1}f} pictures/s")
        if (seconds := self.left(pictures)) is not None:
            facts.append(f"{duration(seconds)} left")
        return facts


def duration(seconds: float) -> str:
    """The duration in words, rounded as an estimate should be."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
