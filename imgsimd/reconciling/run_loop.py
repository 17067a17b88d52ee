"""The path from an event on the disk to the catalog, and the task that follows it.

    hint -> settle -> look -> plan -> catalog and backlog

1. hint: an event, or another part of the daemon, names a path (`Agenda.hint`).
2. settle: the path waits until it is quiet (`watching.settle`, `Agenda.take_hints`).
3. look: the folder or file is compared with the catalog (`Looks`, `Comparison`).
4. plan: what is new, changed, back, renamed or missing (`planning`).
5. catalog: the plan is carried out as far as files have settled (`CatalogUpdates`); what is
   missing is hidden first, and forgotten later (`Deletions`).

At the start, after a lost event, for `rescan`, when a disk returns and every few hours, the same
path is taken for a whole root. One task does everything, one thing after another, so that no two
plans contradict each other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from imgsimd.backoff import Backoff
from imgsimd.errors import CatalogError
from imgsimd.lasting_fault import LastingFault
from imgsimd.paths import is_below, is_within
from imgsimd.reconciling.agenda import Agenda
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.health_check import HealthCheck
from imgsimd.reconciling.looking import Looks
from imgsimd.types import FilePath
from imgsimd.watching.settle import Hint

log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 60.0
"""Between two tries while the database does not work: each begins with a scan."""


class RunLoop:
    """Runs on the event loop."""

    def __init__(
        self,
        agenda: Agenda,
        roots: ConfiguredRoots,
        check: HealthCheck,
        looks: Looks,
        on_work: Callable[[], None],
    ) -> None:
        """`on_work` is called when nothing is left to look at."""
        self._agenda = agenda
        self._roots = roots
        self._check = check
        self._looks = looks
        self._on_work = on_work
        self._turn = asyncio.Lock()
        self.is_busy = False
        """Whether something is being looked at."""
        self.failure = ""
        """Why the catalog cannot follow the disk, in words for the user. It stays until what failed
        has worked."""
        self._fault = LastingFault(log, "Changes to photos are followed again.")
        self.steps = 0
        """How many steps have ended. What others see of the roots changes within a step only."""

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """Inside of `async with loop.at_rest():` nothing is looked at; then a check begins."""
        async with self._turn:
            yield
            self._agenda.check_now()

    async def run(self) -> None:
        """Follows the disk until cancelled."""
        backoff = self._backoff()
        while True:
            await self._agenda.wait()
            self.is_busy = not self._agenda.next_check  # a regular check does not count as work
            try:
                async with self._turn:
                    await self._step()
                backoff = self._backoff()
                self._fault.is_over()
            except CatalogError as error:
                self.failure = str(error)
                self._fault.happens(self.failure)
                await backoff.wait()
                self._agenda.scan(self._roots.paths)  # what was about to be done may be lost
            self.is_busy = False
            self.steps += 1
            self._on_work()

    def _backoff(self) -> Backoff:
        return Backoff(self._agenda.check_seconds, LONGEST_PAUSE_SECONDS)

    async def _step(self) -> None:
        await self._check.run_if_due()
        self.is_busy = True
        while (folder := self._agenda.take_folder()) is not None:
            await self._scan_within_root(folder)
        await self._follow(self._agenda.take_hints())
        self.failure = ""

    async def _scan_within_root(self, folder: FilePath) -> None:
        root = self._roots.containing(folder)
        if root is not None and await self._looks.comes_to(root, folder):
            await self._scan(root, folder)

    async def _scan(self, root: FilePath, folder: FilePath) -> None:
        """A scan may take minutes. In between, checks are run that somebody waits for, and, in a
        scan of a whole root, hints are looked at."""
        async for _ in self._looks.at_folder(root, folder):
            if self._check.is_awaited:
                await self._check.run_if_due()
            if folder == root:
                await self._follow(self._agenda.take_hints())

    async def _follow(self, hints: Sequence[Hint]) -> None:
        """Looks at what has settled. A hint for a folder above roots stands for all of these."""
        for root in self._roots.online:
            below = [h for h in hints if is_within(h.path, root)]
            for hint in below:
                if hint.is_folder and await self._looks.looks_into(root, hint.path):
                    await self._scan(root, hint.path)
            await self._looks.at_files(root, {hint.path: hint for hint in below if hint.is_file})
        for hint in hints:
            self._agenda.want(root for root in self._roots.online if is_below(root, hint.path))
