"""How many images wait and how many failed, for those who ask many times a second."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.types import FilePath

CHEAP_SECONDS = 0.005
"""Seconds. What takes less is counted each time."""
COUNTING_SHARE = 0.1
"""Of the time, at most so much is spent on counting while there is work anyway."""


class Census:
    """Counts anew only when something has changed; and while something waits, where images below
    some roots are hidden and a count is a walk over all that wait, only now and then."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._last: _Counted | None = None

    def count(self, scope: Sequence[FilePath] | None) -> tuple[int, int]:
        """How many wait, and how many failed, below the roots (None: wherever they lie)."""
        now, version, last = time.monotonic(), self._catalog.version, self._last
        if last is not None and last.scope == scope:
            is_due = not last.pending or now >= last.until
            if last.version == version or not is_due:
                return last.pending, last.failed
        pending, failed = self._catalog.backlog.count(scope), self._catalog.failures.count(scope)
        taken = time.monotonic() - now
        until = now + taken / COUNTING_SHARE if taken > CHEAP_SECONDS else now
        self._last = _Counted(scope, version, until, pending, failed)
        return pending, failed


class _Counted(NamedTuple):
    scope: Sequence[FilePath] | None
    version: object
    until: float
    pending: int
    failed: int
