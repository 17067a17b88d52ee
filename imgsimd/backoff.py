"""The pause between two tries: it doubles each time, up to a limit."""

from __future__ import annotations

import asyncio


class Backoff:
    """For one series of failures: after a success, begin with a new one."""

    def __init__(self, first: float, longest: float) -> None:
        """In seconds. The first pause may be longer than the longest that follows."""
        self.seconds = first
        """The pause that comes next."""
        self._longest = longest

    async def wait(self) -> None:
        """Waits for the pause, and doubles the next one."""
        await asyncio.sleep(self.step())

    def step(self) -> float:
        """The pause, in seconds; the next one is twice as long."""
        seconds = self.seconds
        self.seconds = min(2 * seconds, self._longest)
        return seconds
