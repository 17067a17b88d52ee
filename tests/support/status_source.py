"""A status that a test changes: what `Health` is to the daemon."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from imgsimd.errors import DisownedError
from imgsimd.health import Status

AT_FIRST = Status(
    state="indexing", paused=(), pause_ignored_until=None,
    images=0, pending=1, failed=0, damaged=0, skips=(), decoded=0,
    finished=0, percent_done=None, seconds_remaining=None, per_second=None,
    newest=None, newest_at=None, watches=0, watch_limit=None, roots=(), shared=None,
    model="m", next_model=None, change=None, has_worker=False, sandbox=(), problems=(), trouble="",
    notes=(), max_bytes=1, rss_bytes=1, pid=1, version="0", config=Path("/c"), state_dir=Path("/s"),
)  # fmt: skip


class Source:
    """A status that the test changes, and how often it was computed."""

    def __init__(self) -> None:
        self.current = AT_FIRST
        self.version = 0
        self.computed = 0
        self.is_over = False

    def change(self) -> None:
        self.version += 1
        self.current = replace(self.current, images=self.current.images + 1)

    async def status(self) -> Status:
        self.computed += 1
        if self.is_over:
            raise DisownedError("the state directory is gone")
        current = self.current
        await asyncio.sleep(0)
        return current
