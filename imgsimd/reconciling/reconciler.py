"""Joins watching and gallery: makes the catalog say what the disk says.

    hint -> settle -> look -> plan -> catalog and backlog

1. `hint`: an event, or whoever knows of a change, names a path (`Agenda.hint`).
2. settle: the path waits until it is quiet (`watching.settle`, `Agenda.take_hints`).
3. look: the folder or file is compared with the catalog (`Looks`, `Comparison`).
4. plan: what is new, changed, back, renamed or missing (`planning`).
5. catalog: the plan is carried out as far as files have settled (`CatalogUpdates`); what is
   missing is hidden first, and forgotten later (`Deletions`).

Start-up, a lost event, `rescan`, a returning disk and the slow timer are the same path with a wider
hint. One task does it all, one thing after another, so no two plans ever contradict each other.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager

from imgsimd.backoff import Backoff
from imgsimd.config import Settings
from imgsimd.errors import CatalogError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import is_below, is_within
from imgsimd.problems import CHANGES_MISSED, DATABASE_FAILED, Problem
from imgsimd.reconciling.acceptance import Acceptance, Accepted
from imgsimd.reconciling.agenda import Agenda
from imgsimd.reconciling.catalog_updates import CatalogUpdates
from imgsimd.reconciling.comparison import Comparison
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.deletions import Deletions
from imgsimd.reconciling.differences import Differences
from imgsimd.reconciling.health_check import HealthCheck
from imgsimd.reconciling.identity_memory import IdentityMemory
from imgsimd.reconciling.looking import Looks
from imgsimd.reconciling.relocation import Relocated, Relocator
from imgsimd.reconciling.root_messages import RootMessages
from imgsimd.reconciling.spare_links import SpareLinks
from imgsimd.reconciling.survey import Survey
from imgsimd.types import Failure, FilePath, Plan
from imgsimd.watching import scannable
from imgsimd.watching.links import Links
from imgsimd.watching.selection import Selection
from imgsimd.watching.settle import Hint, Sign
from imgsimd.watching.supervisor import Supervisor
from imgsimd.watching.watched_root import Root

log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 60.0
"""Seconds between two tries while the database does not work: each is a scan."""


class Reconciler:
    """Follows the disk. Lives on the event loop; whatever touches the disk runs in threads."""

    def __init__(
        self,
        gallery: GalleryThread,
        settings: Settings,
        on_work: Callable[[], None],
        on_check: Callable[[float], None],
    ) -> None:
        """`on_work` is called when the backlog may have grown, or nothing is left to look at;
        `on_check` at each health check, with the seconds until the next."""
        self._on_work = on_work
        self._turn = asyncio.Lock()
        self._busy = False
        self._agenda = agenda = Agenda()
        self._survey = survey = Survey()
        memory = IdentityMemory(gallery)
        supervisor = Supervisor(memory, agenda.hint, agenda.check_now)
        self._roots = roots = ConfiguredRoots(gallery, supervisor)
        self._deletions = deletions = Deletions(gallery, roots.is_itself)
        comparison = Comparison(gallery, roots, survey)
        self._spares = spares = SpareLinks(gallery, roots, survey, comparison)
        updates = CatalogUpdates(
            gallery, agenda, roots, survey, spares, deletions, on_work, self.begin_anew
        )
        self._looks = looks = Looks(gallery, agenda, survey, comparison, updates, deletions)
        self._messages = RootMessages(roots, survey, deletions, looks.remarks)
        self._differences = Differences(roots, survey, comparison, spares)
        self._check = HealthCheck(
            gallery,
            agenda,
            roots,
            deletions,
            looks.unreadable,
            on_check=lambda: on_check(self._settings.watching.health_seconds),
            begin_anew=self.begin_anew,
        )
        self._acceptance = Acceptance(gallery, roots, survey, self._check)
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Takes new settings; everything is looked at anew."""
        self._settings, watching = settings, settings.watching
        self._roots.configure(map(os.fsencode, settings.roots))
        selection = Selection(
            settings.ignore, settings.extensions, settings.follow_links, self._roots.paths
        )
        self._roots.select(selection, settings.ignore)
        self._survey.begin(selection)
        self._spares.clear()
        self._deletions.configure(selection, watching.may_vanish_share, watching.grace_seconds)
        self._agenda.configure(watching)
        self.rescan()

    # What others see

    @property
    def roots(self) -> list[Root]:
        """Every configured root as it was last found."""
        return self._messages.roots

    def names(self, root: FilePath) -> list[FilePath]:
        """What the configuration calls the root: links, say, that lead to it."""
        return self._roots.names.of(root)

    @property
    def links(self) -> Links:
        """Which symbolic links are followed."""
        return self._survey.links

    @property
    def carrier(self) -> Relocator:
        """Has images follow their photos to other folders."""
        return self._roots.relocator

    @property
    def unreadable(self) -> list[Failure]:
        """What could not even be looked at below the roots that are there."""
        return self._looks.unreadable.below(self._roots.online)

    @property
    def problems(self) -> Iterator[Problem]:
        """Why the disk cannot be followed, and what is wrong with the roots."""
        if self._check.failure:
            yield DATABASE_FAILED.problem(self._check.failure)
        if missed := self._roots.supervisor.trouble:
            yield CHANGES_MISSED.problem(missed)
        yield from self._messages.of_roots

    @property
    def ineffective_settings(self) -> list[Problem]:
        """See `RootMessages.of_settings`."""
        return self._messages.of_settings

    @property
    def trouble(self) -> str:
        """Why the disk cannot be followed, in words for the user."""
        return self._check.failure or self._roots.supervisor.trouble

    @property
    def is_starting(self) -> bool:
        """Whether the roots have not even been looked at once."""
        return self._roots.are_unseen

    @property
    def unsettled(self) -> int:
        """How many paths wait for a look."""
        return self._agenda.unsettled

    @property
    def is_scanning(self) -> bool:
        """Whether something is being looked at, or about to be."""
        return self._busy or self._agenda.is_pressing

    # What others ask for

    def hint(self, path: FilePath, sign: Sign) -> None:
        """See `Agenda.hint`."""
        self._agenda.hint(path, sign)

    def rescan(self, folder: FilePath | None = None) -> None:
        """Looks at the folder as if nothing were known; without one, at all roots. What is not a
        folder of a root is left alone, whoever asks."""
        self._agenda.want(self._roots.paths if folder is None else [folder])
        self._agenda.check_now()

    async def rescan_on_demand(self, folder: FilePath | None) -> None:
        """As `rescan`, for a user. Raises ConfigError where that would have no effect."""
        roots = self.roots
        if self.is_starting:
            pass  # everything will be looked at
        elif folder is None:
            scannable.check_roots(roots)
        else:
            await asyncio.to_thread(scannable.check, folder, roots, self._survey.selection)
        self.rescan(folder)

    def begin_anew(self) -> None:
        """Compares everything: the catalog, or what patterns mean, is not what it was."""
        self._survey.compare_anew()
        self.rescan()

    async def differences(self) -> Plan:
        """See `Differences.find`."""
        watching = self._settings.watching
        return await self._differences.find(watching.quiet_seconds + watching.still_seconds)

    async def accept(self, name: FilePath, is_meant: bool) -> Accepted:
        """See `Acceptance.accept`."""
        return await self._acceptance.accept(name, is_meant)

    async def relocate(self, sources: Iterable[FilePath], new: FilePath) -> Relocated:
        """See `Acceptance.relocate`. For the caller who has the reconciler `at_rest`."""
        return await self._acceptance.relocate(sources, new)

    async def forget(self, folder: FilePath | None, is_confirmed: bool) -> dict[FilePath, int]:
        """See `Deletions.forget`."""
        async with self.at_rest():
            return await self._deletions.forget(self._roots.paths, folder, is_confirmed)

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """`async with reconciler.at_rest():` meanwhile it follows nothing, and then looks again."""
        async with self._turn:
            yield
            self._agenda.check_now()

    # The one task

    async def run(self) -> None:
        """Follows the disk until cancelled."""
        backoff = self._backoff()
        try:
            while True:
                await self._agenda.wait()
                self._busy = not self._agenda.next_check  # a check in its time is no work yet
                try:
                    async with self._turn:
                        await self._step()
                    backoff = self._backoff()
                except CatalogError as error:
                    self._check.failure = str(error)
                    log.error("%s Trying again in %g seconds.", error, backoff.seconds)
                    await backoff.wait()
                    self.rescan()  # what was about to be done may be lost
                self._busy = False
                self._on_work()
        finally:
            await self._roots.supervisor.close()

    def _backoff(self) -> Backoff:
        return Backoff(self._settings.watching.health_seconds, LONGEST_PAUSE_SECONDS)

    async def _step(self) -> None:
        await self._check.run_if_due()
        self._busy = True
        while (folder := self._agenda.take_folder()) is not None:
            await self._scan_within_root(folder)
        await self._follow(self._agenda.take_hints())
        self._check.failure = ""

    async def _scan_within_root(self, folder: FilePath) -> None:
        root = self._roots.around(folder)
        if root is not None and await self._looks.comes_to(root, folder):
            await self._scan(root, folder)

    async def _scan(self, root: FilePath, folder: FilePath) -> None:
        """Whoever waits for a check need not wait for all of it; nor, at a whole root, does what
        happens meanwhile."""
        async for _ in self._looks.at_folder(root, folder):
            if self._check.is_awaited:
                await self._check.run_if_due()
            if folder == root:
                await self._follow(self._agenda.take_hints())

    async def _follow(self, hints: Sequence[Hint]) -> None:
        """Looks at what has settled. Many hints may have become one for a folder above roots."""
        for root in self._roots.online:
            below = [h for h in hints if is_within(h.path, root)]
            for hint in below:
                if hint.is_folder and await self._looks.looks_into(root, hint.path):
                    await self._scan(root, hint.path)
            await self._looks.at_files(root, {hint.path: hint for hint in below if hint.is_file})
        for hint in hints:
            self._agenda.want(root for root in self._roots.online if is_below(root, hint.path))
