"""The pictures that cannot be read, kept while somebody turns the pages of their list: there may be
50,000, which the daemon needs a second to tell."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from imgsimd.client import Client

KEPT_SECONDS = 60.0
"""A picture may have moved meanwhile, which its page then tells too late."""


class Row(NamedTuple):
    """What is shown of one."""

    path: str
    reason: str
    kind: str
    damaged: bool


class FailureList:
    """The newest list. Any thread may use it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = Lock()
        self._rows: Sequence[Row] = ()
        self._of: tuple[int, ...] = ()
        self._until = 0.0

    def rows(self) -> Sequence[Row]:
        """All of them, by path; asked anew if their number has changed, or any picture was read
        since."""
        now = self._client.status()
        of = (now.pid, now.failed, now.damaged, now.finished)
        with self._lock:
            if of != self._of or time.monotonic() > self._until:
                found = self._client.failed()
                self._rows = [Row(f.path, f.reason, f.kind, f.damaged) for f in found]
                self._of, self._until = of, time.monotonic() + KEPT_SECONDS
            return self._rows
