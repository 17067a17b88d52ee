"""How the daemon is: a value, computed by asking all parts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from imgsimd import __version__, process
from imgsimd.errors import CatalogError
from imgsimd.gallery.catalog.root_tallies import NOTHING, RootTally
from imgsimd.gallery.census import Counts, Progress
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.indexing.pauses import Pause
from imgsimd.locations import Locations
from imgsimd.paths import covering
from imgsimd.problems import (
    DATABASE_FAILED,
    DATABASE_SET_ASIDE,
    FILES_UNFINISHED,
    INDEXING_FAILED,
    PHOTOS_DAMAGED,
    PHOTOS_FAILED,
    RELOAD_FAILED,
    SEVERITIES,
    Problem,
)
from imgsimd.pushing import condition
from imgsimd.pushing.condition import Condition
from imgsimd.pushing.sharing import Sharing
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.skips import Skip
from imgsimd.types import Failure, FilePath, RootState
from imgsimd.words import counted, printable, quoted

State = Literal["starting", "scanning", "indexing", "paused", "idle"]


@dataclass(frozen=True, slots=True)
class RootStatus:
    """A watched folder."""

    path: FilePath
    state: RootState
    reason: str
    """What a user must know of it, in words; may be empty."""
    names: Sequence[FilePath]
    """What the configuration calls it."""
    skips: Sequence[Skip]
    """What lies in it and is not indexed, without examples."""
    tally: RootTally
    """How much there is below it; nothing while it is offline."""
    last_look: float | None
    """When it was last looked at as a whole, in seconds since 1970."""
    watches: int
    """How many of its folders the kernel watches."""
    poll_seconds: float | None
    """How often it is looked at as a whole, if the kernel does not report every change."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the daemon is at one moment."""

    state: State
    paused: Sequence[Pause]
    """Why nothing is embedded; empty if it is."""
    pause_ignored_until: datetime | None
    """Until when neither battery nor load pauses anything, because the user has said so."""
    images: int
    """Searchable."""
    pending: int
    """Images to embed, and paths to look at."""
    failed: int
    """Photos that cannot be embedded."""
    damaged: int
    """Photos that are searchable, though less than all of them could be decoded."""
    skips: Sequence[Skip]
    """What is not indexed, of all roots."""
    decoded: int
    """Pictures decoded since the start."""
    finished: int
    """Photos embedded, recognised or refused since the start."""
    percent_done: float | None
    """Of the photos that are known, how many are indexed or refused; None while not all roots have
    been looked at."""
    seconds_remaining: float | None
    """Until nothing is pending; None while that is unknown, or indexing is paused."""
    per_second: float | None
    """Photos finished each second, lately; None while that is unknown, or nothing is done."""
    newest: FilePath | None
    """The image that was embedded last, if it is searchable."""
    newest_at: float | None
    """When that was: see `Counts.newest_at`."""
    watches: int
    """How many folders the kernel watches."""
    watch_limit: int | None
    """How many folders the kernel allows a user to watch, by all programs together."""
    roots: Sequence[RootStatus]
    shared: Condition | None
    """As what the gallery is shared with other machines; None if it is not."""
    model: str
    """The name of the model whose vectors answer questions."""
    next_model: str | None
    """The name of the model to change to, while that is under way."""
    change: Progress | None
    """How far that is."""
    has_worker: bool
    sandbox: Sequence[str]
    """What held the last worker in; empty before the first."""
    problems: Sequence[Problem]
    """All that is wrong, errors first."""
    trouble: str
    """The sentence of the worst problem that hinders the daemon; may be empty."""
    notes: Sequence[str]
    """A sentence for each setting that has no effect, or another one than before."""
    max_bytes: int
    """The size of the largest file that is read."""
    rss_bytes: int
    """Memory of the daemon."""
    pid: int
    version: str
    config: Path
    state_dir: Path


class Health:
    """Asks the parts how they are. Runs on the event loop."""

    def __init__(
        self, where: Locations, gallery: GalleryThread, indexer: Indexer, reconciler: Reconciler
    ) -> None:
        self._where = where
        self._gallery = gallery
        self._indexer = indexer
        self._reconciler = reconciler
        self.failed_reload = ""
        """Why the settings that were read last are not in force, in words for the user."""
        self.ineffective_settings: Sequence[Problem] = ()
        """Those that have no effect whatever is in the watched folders."""
        self.update: Callable[[], Problem | None] = lambda: None
        """Tells of another version that is being installed, or cannot be used."""
        self.sharing: Sharing | None = None
        """What shares the gallery with other machines."""
        self._shared: Condition | None = None

    @property
    def version(self) -> object:
        """Cheap to ask for, and equal for as long as `status` gives the same, but for the memory in
        use."""
        indexer, reconciler = self._indexer, self._reconciler
        return (
            (self._gallery.steps, reconciler.steps),
            (indexer.decoded, indexer.finished, indexer.trouble),
            (tuple(indexer.pauses.reasons(pending=1)), indexer.pauses.ignored_until),
            (indexer.has_worker, tuple(indexer.sandbox), indexer.unfinished),
            (reconciler.is_starting, reconciler.is_scanning, reconciler.unsettled),
            (tuple(reconciler.hindrances), self.failed_reload, self.ineffective_settings),
            (self.update(), self._of_sharing),
        )

    def worst_error(self) -> Problem | None:
        """The worst problem of severity `error`, as far as it is known without a look into the
        database."""
        found = self._hindrances(self._gallery.latest_counts)
        return next((each for each in found if each.severity == "error"), None)

    async def status(self) -> Status:
        """How everything is.

        What may still become work is read before the work is counted, so that nothing is missed in
        between. Raises StoppedError if the daemon must stop.
        """
        unsettled, scanning = self._reconciler.unsettled, self._reconciler.is_scanning
        counts = await self._gallery.counts()
        pending = counts.pending + unsettled
        paused = self._indexer.pauses.reasons(pending)
        remaining = await self._seconds_remaining(counts.pending, unsettled, bool(paused))
        serving, target = self._gallery.serving, self._gallery.target
        ineffective = [*self.ineffective_settings, *self._reconciler.ineffective_settings]
        roots = list(self._roots(counts))
        hindrances = list(self._hindrances(counts))
        return Status(
            state=self._state(pending, scanning, bool(paused)),
            paused=paused,
            pause_ignored_until=self._indexer.pauses.ignored_until,
            images=counts.images,
            pending=pending,
            failed=counts.failed + len(self._reconciler.unreadable),
            damaged=counts.damaged,
            skips=[*_skips(roots), *counts.skips],
            decoded=self._indexer.decoded,
            finished=self._indexer.finished,
            percent_done=self._percent_done(counts, pending),
            seconds_remaining=remaining,
            per_second=self._per_second(pending, bool(paused)),
            newest=counts.newest,
            newest_at=counts.newest_at,
            watches=sum(root.watches for root in roots),
            watch_limit=self._reconciler.watch_limit,
            roots=roots,
            shared=await self._condition(),
            model=serving.name,
            next_model=target.name if target != serving else None,
            change=counts.change,
            has_worker=self._indexer.has_worker,
            sandbox=self._indexer.sandbox,
            problems=_by_severity([*hindrances, *self._others(counts), *ineffective]),
            trouble=next((problem.sentence for problem in hindrances), ""),
            notes=[problem.text for problem in ineffective],
            max_bytes=self._indexer.max_bytes,
            rss_bytes=process.resident_bytes(),
            pid=os.getpid(),
            version=__version__,
            config=self._where.config,
            state_dir=self._where.state,
        )

    @property
    def _of_sharing(self) -> object:
        sharing = self.sharing
        return sharing and (sharing.name, sharing.entry.original, str(sharing.trouble))

    async def _condition(self) -> Condition | None:
        """The last one if the database cannot be read, which is told elsewhere."""
        if self.sharing:
            with suppress(CatalogError):
                self._shared = await condition.condition_of(self.sharing)
        return self._shared

    def _percent_done(self, counts: Counts, pending: int) -> float | None:
        if not self._reconciler.has_looked:
            return None
        if counts.change and counts.change.of:
            return 100.0 * counts.change.seen / counts.change.of
        done = counts.images + counts.failed
        return 100.0 * done / (done + pending) if pending else 100.0

    async def _seconds_remaining(
        self, pending: int, unsettled: int, is_paused: bool
    ) -> float | None:
        """Nobody knows when a file is settled that is being written."""
        if is_paused or not self._reconciler.has_looked:
            return None
        if pending:
            return await self._indexer.seconds_left(pending)
        return None if unsettled else 0.0

    def _per_second(self, pending: int, is_paused: bool) -> float | None:
        return self._indexer.per_second if pending and not is_paused else None

    def _state(self, pending: int, scanning: bool, is_paused: bool) -> State:
        if self._reconciler.is_starting:
            return "starting"
        if scanning:
            return "scanning"
        if is_paused:
            return "paused"
        return "indexing" if pending else "idle"

    def _roots(self, counts: Counts) -> Iterator[RootStatus]:
        reconciler = self._reconciler
        unreadable = Counter(map(self._root_of, reconciler.unreadable))
        for root in reconciler.roots:
            tally = counts.roots.get(root.path, NOTHING)
            yield RootStatus(
                path=root.path,
                state=root.state,
                reason=root.reason,
                names=reconciler.names(root.path),
                skips=reconciler.skips(root.path),
                tally=tally._replace(failed=tally.failed + unreadable[root.path]),
                last_look=reconciler.last_look(root.path),
                watches=reconciler.watches(root.path),
                poll_seconds=reconciler.poll_seconds(root.path),
            )

    def _root_of(self, failure: Failure) -> FilePath | None:
        return covering(failure.path, [root.path for root in self._reconciler.roots])

    def _others(self, counts: Counts) -> Iterator[Problem]:
        """What is wrong or worth knowing besides, but for settings."""
        if update := self.update():
            yield update
        yield from self._reconciler.root_problems
        if self.sharing and (remark := condition.remark(self.sharing)):
            yield remark
        yield from _of_photos(counts.failed, len(self._reconciler.unreadable))
        yield from _of_damage(counts.damaged)
        yield from _of_unfinished(self._indexer.unfinished)

    def _hindrances(self, counts: Counts) -> Iterator[Problem]:
        """What hinders the daemon, the worst first."""
        if self.failed_reload:
            yield RELOAD_FAILED.problem(self.failed_reload)
        if (update := self.update()) and update.severity == "error":
            yield update
        if self._indexer.trouble:
            yield INDEXING_FAILED.problem(self._indexer.trouble)
        yield from self._reconciler.hindrances
        if self.sharing and (hindrance := condition.hindrance(self.sharing)):
            yield hindrance
        if counts.trouble:
            yield DATABASE_FAILED.problem(counts.trouble)
        elif counts.set_aside:
            yield _of_old_databases(counts.set_aside)


def _skips(roots: Sequence[RootStatus]) -> Iterator[Skip]:
    return (skip for root in roots for skip in root.skips)


def _of_old_databases(files: Sequence[Path]) -> Problem:
    names = list(map(str, files))
    return DATABASE_SET_ASIDE.problem(
        "The database was damaged or replaced. What could not be read from it is indexed again. "
        f"Nothing was deleted: the old database is kept as {', '.join(map(printable, names))}.",
        f"Once you no longer need it: rm {' '.join(map(quoted, names))}",
    )


def _of_photos(failed: int, unreadable: int) -> Iterator[Problem]:
    """About the images that failed, and what could not be looked at, such as folders."""
    if unreadable:
        everything = failed + unreadable
        yield PHOTOS_FAILED.problem(f"Photos and folders that could not be read: {everything:,}.")
    elif failed:
        yield PHOTOS_FAILED.problem(f"{counted(failed, 'photo')} could not be read.")


def _of_damage(damaged: int) -> Iterator[Problem]:
    if damaged:
        one, many = "photo is damaged", "photos are damaged"
        yield PHOTOS_DAMAGED.problem(
            f"{damaged:,} {one if damaged == 1 else many}, but searchable by what could be read."
        )


def _of_unfinished(unfinished: int) -> Iterator[Problem]:
    if unfinished:
        what = "file is" if unfinished == 1 else "files are"
        yield FILES_UNFINISHED.problem(f"{unfinished:,} {what} still being written.")


def _by_severity(problems: Sequence[Problem]) -> list[Problem]:
    """Each once, errors first."""
    return sorted(dict.fromkeys(problems), key=lambda problem: SEVERITIES.index(problem.severity))
