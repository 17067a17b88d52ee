"""What other rooms see of this one, and the parts that it is made of. How they work: `run_loop`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager

from imgsimd.config import Settings
from imgsimd.gallery.thread import GalleryThread
from imgsimd.problems import CHANGES_MISSED, DATABASE_FAILED, Problem
from imgsimd.reconciling.acceptance import Acceptance, Accepted
from imgsimd.reconciling.accounts import Account, Accounts
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
from imgsimd.reconciling.run_loop import RunLoop
from imgsimd.reconciling.spare_links import SpareLinks
from imgsimd.reconciling.survey import Survey
from imgsimd.skips import Skip
from imgsimd.types import Failure, FilePath, Plan
from imgsimd.watching import scannable
from imgsimd.watching.links import Links
from imgsimd.watching.selection import Selection
from imgsimd.watching.settle import Sign
from imgsimd.watching.supervisor import Supervisor
from imgsimd.watching.watched_root import Root


class Reconciler:
    """Makes the catalog agree with the disk. Runs on the event loop; whatever touches the disk runs
    in threads."""

    def __init__(
        self,
        gallery: GalleryThread,
        settings: Settings,
        on_work: Callable[[], None],
        on_check: Callable[[float], None],
    ) -> None:
        """`on_work` is called when the backlog may have grown, or nothing is left to look at;
        `on_check` at each health check, with the seconds until the next."""
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
        self._accounts = Accounts(gallery, roots, survey)
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
        self._loop = RunLoop(agenda, roots, self._check, looks, on_work)
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Takes new settings; everything is compared again."""
        self._settings, watching = settings, settings.watching
        self._roots.configure(map(os.fsencode, settings.roots))
        selection = Selection(
            settings.ignore,
            settings.extensions,
            settings.follow_links,
            settings.any_extension,
            self._roots.paths,
        )
        self._roots.select(selection, settings.ignore)
        self._survey.begin(selection)
        self._spares.clear()
        self._deletions.configure(selection, watching.may_vanish_share, watching.grace_seconds)
        self._agenda.configure(watching)
        self.rescan()

    # What others see

    def skips(self, root: FilePath) -> list[Skip]:
        """What lies below the root and is not indexed, as the last scans found it; nothing while
        the root is offline, as its images do not count either."""
        return self._looks.remarks.skips.of(root) if root in self._roots.online else []

    def skips_with_examples(self) -> list[Skip]:
        """As `skips`, for each root that is watched, with a path for each."""
        skips = self._looks.remarks.skips
        return [skip for root in self._roots.online for skip in skips.with_examples(root)]

    @property
    def roots(self) -> list[Root]:
        """Every configured root as it was last found."""
        return self._messages.roots

    def last_look(self, root: FilePath) -> float | None:
        """When the root was last looked at as a whole, in seconds since 1970; None if it was not
        since the daemon started."""
        return self._looks.finished.get(root)

    def watches(self, root: FilePath) -> int:
        """How many folders of the root the kernel watches."""
        return self._roots.supervisor.watches(root)

    @property
    def watch_limit(self) -> int | None:
        """See `Supervisor.watch_limit`."""
        return self._roots.supervisor.watch_limit

    def poll_seconds(self, root: FilePath) -> float | None:
        """How often the root is looked at as a whole, if the kernel does not report every change;
        None if it does, or the root is offline."""
        if root in self._roots.supervisor.polled:
            return self._settings.watching.poll_seconds
        return None

    def names(self, root: FilePath) -> list[FilePath]:
        """The paths in the configuration that lead to the root."""
        return self._roots.names.of(root)

    @property
    def links(self) -> Links:
        """Which symbolic links are followed."""
        return self._survey.links

    @property
    def relocator(self) -> Relocator:
        """Moves images to other folders in the catalog."""
        return self._roots.relocator

    @property
    def unreadable(self) -> list[Failure]:
        """The folders and files below the roots that could not be looked at."""
        return self._looks.unreadable.below(self._roots.online)

    @property
    def hindrances(self) -> Iterator[Problem]:
        """Why changes on the disk cannot be followed, the worst first."""
        if self._loop.failure:
            yield DATABASE_FAILED.problem(self._loop.failure)
        if missed := self._roots.supervisor.trouble:
            yield CHANGES_MISSED.problem(missed)

    @property
    def root_problems(self) -> Iterator[Problem]:
        """See `RootMessages.of_roots`."""
        return self._messages.of_roots

    @property
    def ineffective_settings(self) -> list[Problem]:
        """See `RootMessages.of_settings`."""
        return self._messages.of_settings

    @property
    def is_starting(self) -> bool:
        """Whether some roots have not been looked at yet."""
        return self._roots.are_unseen

    @property
    def has_looked(self) -> bool:
        """Whether every root that is online has been looked at as a whole, so that all that is to
        be indexed is known."""
        return not self.is_starting and self._survey.scanned.issuperset(self._roots.online)

    @property
    def unsettled(self) -> int:
        """How many paths wait for a look."""
        return self._agenda.unsettled

    @property
    def is_scanning(self) -> bool:
        """Whether something is being looked at, or is about to be."""
        return self._loop.is_busy or self._agenda.is_pressing

    @property
    def steps(self) -> int:
        """See `RunLoop.steps`."""
        return self._loop.steps

    # What others ask for

    def hint(self, path: FilePath, sign: Sign) -> None:
        """See `Agenda.hint`."""
        self._agenda.hint(path, sign)

    def rescan(self, folder: FilePath | None = None) -> None:
        """Scans the folder; without one, all roots. A folder in no root is not looked at."""
        self._agenda.scan(self._roots.paths if folder is None else [folder])

    async def rescan_on_demand(self, folder: FilePath | None) -> None:
        """As `rescan`, for a user. Raises ConfigError if that would have no effect."""
        roots = self.roots
        if self.is_starting:
            pass  # everything will be looked at
        elif folder is None:
            scannable.check_roots(roots)
        else:
            await asyncio.to_thread(scannable.check, folder, roots, self._survey.selection)
        self.rescan(folder)

    def begin_anew(self) -> None:
        """Compares everything again: the catalog, or the meaning of patterns, has changed."""
        self._survey.compare_anew()
        self.rescan()

    async def differences(self) -> Plan:
        """See `Differences.find`."""
        watching = self._settings.watching
        return await self._differences.find(watching.quiet_seconds + watching.still_seconds)

    async def account(self, path: FilePath) -> Account:
        """See `Accounts.of`."""
        return await self._accounts.of(path)

    async def accept(self, name: FilePath, is_meant: bool) -> Accepted:
        """See `Acceptance.accept`."""
        return await self._acceptance.accept(name, is_meant)

    async def relocate(self, sources: Iterable[FilePath], new: FilePath) -> Relocated:
        """See `Acceptance.relocate`. Only for use while the reconciler is `at_rest`."""
        return await self._acceptance.relocate(sources, new)

    async def forget(self, folder: FilePath | None, is_confirmed: bool) -> dict[FilePath, int]:
        """See `Deletions.forget`."""
        async with self.at_rest():
            return await self._deletions.forget(self._roots.paths, folder, is_confirmed)

    async def has_shown(self) -> None:
        """Returns when the roots have been looked at once, and their images can be found."""
        await self._check.has_shown.wait()

    def at_rest(self) -> AbstractAsyncContextManager[None]:
        """See `RunLoop.at_rest`."""
        return self._loop.at_rest()

    async def run(self) -> None:
        """Follows the disk until cancelled."""
        try:
            await self._loop.run()
        finally:
            await self._roots.supervisor.close()
