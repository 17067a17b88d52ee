"""How much the gallery knows, for those who ask many times a second."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from imgsimd.gallery.catalog.backlog_blocks import Waiting
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.root_tallies import RootTally
from imgsimd.gallery.index import Index
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.gallery.verdicts import Verdicts
from imgsimd.gallery.visibility import Visibility
from imgsimd.gallery.waiting import WaitingImages
from imgsimd.skips import Reason, Skip
from imgsimd.types import FilePath, Known

CHEAP_SECONDS = 0.005
"""A count that takes less is made each time."""
COUNTING_SHARE = 0.1
"""The part of the time that may be spent on longer counts while images wait."""


class Progress(NamedTuple):
    """How far a change of model is."""

    seen: int
    """Photos that the next model has judged."""
    of: int
    """All that are to be searchable, or failed."""


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
    newest_at: float | None = None
    """When that was, in seconds since 1970; before the daemon started, the last change of its file
    counts instead."""
    roots: Mapping[FilePath, RootTally] = field(default_factory=dict)
    """How much there is below each root that is online."""
    change: Progress | None = None
    """How far the change of model is, if one is under way."""
    set_aside: Sequence[Path] = ()
    """Old databases that were damaged or replaced, and are kept."""
    trouble: str = ""
    """Why the database does not answer, in words for the user, and these are the last known counts;
    empty if it does."""


class Census:
    """Counts again only if something has changed. A count may have to read the whole backlog, if
    some roots are hidden; so while images wait, it counts only now and then."""

    def __init__(
        self,
        catalog: Catalog,
        models: ModelSwitch,
        visibility: Visibility,
        index: Index,
        verdicts: Verdicts,
    ) -> None:
        self._catalog = catalog
        self._models = models
        self._visibility = visibility
        self._index = index
        self._verdicts = verdicts
        self._waiting = WaitingImages(catalog.blocks)
        self._last: _Counted | None = None

    def prepare(self) -> bool:
        """Counts for a while what `counts` must know; whether it knows all by then."""
        roots = self._visibility.roots
        return not self._is_divided or self._waiting.is_counted(roots, self._models.serving.key)

    def counts(self) -> Counts:
        """How much is searchable, waits, and failed. Takes long for many that wait, unless it was
        prepared."""
        while not self.prepare():
            pass
        counted = self._counted(self._visibility.scope)
        newest = self._catalog.embeddings.newest()
        shown = newest if newest and newest.id in self._index else None
        return Counts(
            images=len(self._index),
            pending=counted.pending,
            failed=counted.failed,
            damaged=counted.damaged,
            skips=counted.skips,
            newest=shown.path if shown else None,
            newest_at=self._embedded_at(shown) if shown else None,
            roots=self._roots(counted),
            change=self._change(counted),
            set_aside=self._catalog.set_aside,
        )

    @property
    def _is_divided(self) -> bool:
        """Whether the backlog must be looked into, to know how much of it is below which root."""
        return len(self._visibility.roots) > 1 or self._visibility.scope is not None

    def _embedded_at(self, image: Known) -> float:
        last = self._verdicts.last
        return last.at if last.image == image.id else image.state.ctime_ns / 1e9

    def _roots(self, counted: _Counted) -> dict[FilePath, RootTally]:
        """If there is only one, all that is shown is below it."""
        match self._visibility.roots:
            case (root,):
                total = len(self._index), counted.pending, counted.failed, counted.damaged
                return {root: RootTally(*total)}
        return dict(counted.tallies)

    def _counted(self, scope: Sequence[FilePath] | None) -> _Counted:
        """What is stored below the roots (None: anywhere)."""
        now, version, last = time.monotonic(), self._catalog.version, self._last
        roots = self._visibility.roots
        if last is not None and (last.scope, last.roots) == (scope, roots):
            is_due = not last.pending or now >= last.until
            if last.version == version or not is_due:
                return last
        waiting, failed = self._waiting_now(), self._catalog.failures.count(scope)
        no_photos, example = self._catalog.failures.no_photos(scope)
        damaged = self._catalog.metadata.count_damaged(self._visibility.roots)
        skips = list(self._without_library(scope))
        if no_photos:
            skips.insert(0, Skip(Reason.NO_PICTURE, "", no_photos, example))
        tallies = self._tallies(roots)
        taken = time.monotonic() - now
        until = now + taken / COUNTING_SHARE if taken > CHEAP_SECONDS else now
        self._last = _Counted(
            scope, roots, version, until, waiting, failed - no_photos, damaged, skips, tallies
        )
        return self._last

    def _waiting_now(self) -> Waiting:
        if self._is_divided:
            return self._waiting.sum
        if self._models.serving == self._models.target:
            return Waiting(self._catalog.backlog.count(), 0, 0)  # no more is asked of it
        return self._catalog.backlog.waiting(self._models.serving.key)

    def _change(self, counted: _Counted) -> Progress | None:
        """Of the photos that are searchable, new or failed, those that do not wait for the next
        model."""
        if self._models.serving == self._models.target:
            return None
        waiting = counted.waiting
        left = waiting.entries - waiting.of_model
        photos = len(self._index) + counted.failed + waiting.without_vector
        return Progress(max(0, photos - left), max(photos, left))

    def _tallies(self, roots: Sequence[FilePath]) -> Mapping[FilePath, RootTally]:
        if len(roots) < 2:
            return {}
        model, waiting = self._models.serving.key, self._waiting.of_each
        self._catalog.tallies.keep_to((roots, self._waiting.changes))
        return self._catalog.tallies.of_each(roots, model, waiting, len(self._index))

    def _without_library(self, scope: Sequence[FilePath] | None) -> Iterator[Skip]:
        for reader, count, path in self._catalog.failures.without_library(scope):
            if package := reader.partition(" without ")[2]:
                yield Skip(Reason.NO_LIBRARY, "", count, path, package)


class _Counted(NamedTuple):
    scope: Sequence[FilePath] | None
    roots: Sequence[FilePath]
    version: object
    until: float
    waiting: Waiting
    failed: int
    damaged: int
    skips: Sequence[Skip]
    tallies: Mapping[FilePath, RootTally]
    """By root, if there are several."""

    @property
    def pending(self) -> int:
        return self.waiting.entries
