"""How much the gallery knows, for those who ask many times a second."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.index import Index
from imgsimd.gallery.visibility import Visibility
from imgsimd.skips import Reason, Skip
from imgsimd.types import FilePath

CHEAP_SECONDS = 0.005
"""A count that takes less is made each time."""
COUNTING_SHARE = 0.1
"""The part of the time that may be spent on longer counts while images wait."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is, below the roots that are online."""

    images: int
    """Searchable."""
    pending: int
    failed: int
    damaged: int
    """Searchable, though less than all of them could be decoded."""
    skips: Sequence[Skip]
    """Files that were looked into, and are no photos, or need a package that is missing."""
    newest: FilePath | None
    """The image that was embedded last, if it is searchable."""
    trouble: str = ""
    """What is wrong with the database, in words for the user; empty if nothing is."""
    are_current: bool = True
    """False if the database does not answer. Then these are the last known counts."""


class Census:
    """Counts again only if something has changed. A count may have to read the whole backlog, if
    some roots are hidden; so while images wait, it counts only now and then."""

    def __init__(self, catalog: Catalog, visibility: Visibility, index: Index) -> None:
        self._catalog = catalog
        self._visibility = visibility
        self._index = index
        self._last: _Counted | None = None

    def counts(self) -> Counts:
        """How much is searchable, waits, and failed."""
        counted = self._counted(self._visibility.scope)
        newest = self._catalog.embeddings.newest()
        shown = newest.path if newest and newest.id in self._index else None
        return Counts(
            images=len(self._index),
            pending=counted.pending,
            failed=counted.failed,
            damaged=counted.damaged,
            skips=counted.skips,
            newest=shown,
            trouble=_trouble(self._catalog.set_aside),
        )

    def _counted(self, scope: Sequence[FilePath] | None) -> _Counted:
        """What is stored below the roots (None: anywhere)."""
        now, version, last = time.monotonic(), self._catalog.version, self._last
        if last is not None and last.scope == scope:
            is_due = not last.pending or now >= last.until
            if last.version == version or not is_due:
                return last
        pending, failed = self._catalog.backlog.count(scope), self._catalog.failures.count(scope)
        no_photos, example = self._catalog.failures.no_photos(scope)
        damaged = self._catalog.metadata.count_damaged(self._visibility.roots)
        skips = list(self._without_library(scope))
        if no_photos:
            skips.insert(0, Skip(Reason.NO_PICTURE, "", no_photos, example))
        taken = time.monotonic() - now
        until = now + taken / COUNTING_SHARE if taken > CHEAP_SECONDS else now
        self._last = _Counted(scope, version, until, pending, failed - no_photos, damaged, skips)
        return self._last

    def _without_library(self, scope: Sequence[FilePath] | None) -> Iterator[Skip]:
        for reader, count, path in self._catalog.failures.without_library(scope):
            if package := reader.partition(" without ")[2]:
                yield Skip(Reason.NO_LIBRARY, "", count, path, package)


class _Counted(NamedTuple):
    scope: Sequence[FilePath] | None
    version: object
    until: float
    pending: int
    failed: int
    damaged: int
    skips: Sequence[Skip]


def _trouble(set_aside: Sequence[Path]) -> str:
    if not set_aside:
        return ""
    return (
        "The database was damaged or replaced. What could not be read from it is indexed again. "
        f"Nothing was deleted: the old database is kept as {', '.join(map(str, set_aside))}."
    )
