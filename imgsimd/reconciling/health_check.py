"""The health check: looks at the database, the roots and the watcher, and mends what it can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import unslashed
from imgsimd.reconciling.agenda import Agenda
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.deletions import Deletions
from imgsimd.reconciling.schedule import Sweep
from imgsimd.reconciling.unreadable import Unreadable
from imgsimd.watching.settle import Sign


class HealthCheck:
    """Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        agenda: Agenda,
        roots: ConfiguredRoots,
        deletions: Deletions,
        unreadable: Unreadable,
        on_check: Callable[[], None],
        begin_anew: Callable[[], None],
    ) -> None:
        """`on_check` is called when a check begins; `begin_anew` has everything compared again."""
        self._gallery = gallery
        self._agenda = agenda
        self._roots = roots
        self._deletions = deletions
        self._unreadable = unreadable
        self._on_check = on_check
        self._begin_anew = begin_anew
        self._recoveries = gallery.recoveries
        self._awaited: list[asyncio.Future[None]] = []
        self.has_shown = asyncio.Event()
        """Set once the images of the roots that are online can be found."""

    @property
    def is_awaited(self) -> bool:
        """Whether a caller waits for a check that has not begun."""
        return bool(self._awaited)

    async def done(self) -> None:
        """Asks for a check as soon as possible; returns when it is done."""
        done = asyncio.get_running_loop().create_future()
        self._awaited.append(done)
        self._agenda.check_now()
        await done

    async def run_if_due(self) -> None:
        """Runs the check if it is due. Raises CatalogError."""
        sweep = self._agenda.due_check()
        if sweep is None:
            return
        self._on_check()
        awaited, self._awaited = self._awaited, []
        try:
            await self._run(sweep)
        finally:
            for each in awaited:
                if not each.cancelled():
                    each.set_result(None)

    async def _run(self, sweep: Sweep) -> None:
        await self._look_at_database()
        if await self._roots.look():
            self._begin_anew()
        await self._gallery.do(Gallery.show, self._roots.online)  # first: `mend` takes a while
        self.has_shown.set()
        await self._deletions.decide(self._roots.paths)
        missed = await self._roots.supervisor.mend()
        if sweep is Sweep.POLLED:
            missed += self._roots.supervisor.polled
        elif sweep is Sweep.EVERYTHING:
            missed = self._roots.online
        self._agenda.want(missed)
        await self._look_again_at_unreadable()

    async def _look_at_database(self) -> None:
        await self._gallery.do(Gallery.ensure_in_place)
        if self._recoveries != self._gallery.recoveries:
            self._recoveries = self._gallery.recoveries
            self._roots.relocator.patterns.check_stored()
            self._begin_anew()

    async def _look_again_at_unreadable(self) -> None:
        for path in await self._unreadable.look_again(self._roots.online):
            sign = Sign.FOLDER if path.endswith(b"/") else Sign.FINISHED
            self._agenda.hint(unslashed(path), sign)
