"""Joins gallery and embedding: computes the vectors of the backlog and of pictures asked about."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from imgsimd.backoff import Backoff
from imgsimd.config import Worker as WorkerSettings
from imgsimd.embedding.kept_worker import WorkerTally
from imgsimd.errors import CatalogError, UpdatingError, WorkerError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing import content_check
from imgsimd.indexing.batches import Batches
from imgsimd.indexing.embedders import Embedders
from imgsimd.indexing.failure_list import FailureList
from imgsimd.indexing.features import Features
from imgsimd.indexing.header_filler import HeaderFiller
from imgsimd.indexing.idle_thumbnails import IdleThumbnails
from imgsimd.indexing.outlook import Outlook
from imgsimd.indexing.pauses import Pauses
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.indexing.refusals import Refusals
from imgsimd.indexing.thumbnails import Thumbnails
from imgsimd.indexing.timed_opener import TimedOpener
from imgsimd.lasting_fault import LastingFault
from imgsimd.machine.background_threads import BackgroundThreads
from imgsimd.models.model_files import Model
from imgsimd.types import Failure, FilePath, Known
from imgsimd.vectors import Vector
from imgsimd.watching.links import Links

log = logging.getLogger(__name__)

LANES = 2
"""Batches under way: while one is being embedded, the next is opened and hashed."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""Seconds between two tries to start a worker that does not start."""


class Indexer:
    """Embeds what is in the backlog. Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        installed: Path,
        settings: WorkerSettings,
        on_stale: Callable[[FilePath], None],
        pauses: Pauses,
    ) -> None:
        """`installed` is the folder of added models; `on_stale` is called with the path of a file
        that differs from what the catalog says."""
        self._gallery = gallery
        self._work = asyncio.Event()
        self._woken = asyncio.Event()
        self._has_idle_priority = settings.idle_priority
        self.pauses = pauses
        """Why nothing of the backlog is embedded; questions are always answered."""
        self._opener = PhotoOpener(settings.max_bytes)
        self._embedders = Embedders(gallery, installed, settings, self._uses_idle_priority)
        threads = BackgroundThreads(LANES, self._uses_idle_priority)
        soon = TimedOpener(self._opener)
        self._thumbnails = Thumbnails(self._embedders, soon, settings.all_threads)
        self.features = Features(self._embedders, soon)
        """What pictures are compared by."""
        self._refusals = Refusals(settings)
        self._failures = FailureList(gallery)
        self._batches = Batches(
            gallery, self._embedders, self._opener, threads, self._refusals, on_stale, self.wake
        )
        self._outlook = Outlook(gallery, self._batches.forecast)
        self._headers = HeaderFiller(
            gallery,
            embedder=self._embedders.serving,
            may_run=self._has_nothing_to_embed,
            is_allowed=self._is_allowed,
            opener=self._opener,
            on_filled=self.wake,
        )
        self.idle_thumbnails = IdleThumbnails(
            embedder=self._embedders.any,
            opener=self._opener,
            threads=threads,
            has_nothing_to_embed=self._has_nothing_to_embed,
            is_allowed=self._is_allowed,
        )
        """For other machines."""
        self._pause_told = ""
        self._fault = LastingFault(log, "Photos are indexed again.")
        self._database_trouble = ""

    @property
    def trouble(self) -> str:
        """Why something is not embedded although there is work, in words for the user."""
        models = self._gallery.serving, self._gallery.target
        return self._database_trouble or self._batches.failing.sentence(*models)

    @property
    def finished(self) -> int:
        """Photos that were embedded, recognised or refused, since the daemon started."""
        return self._batches.forecast.finished

    @property
    def per_second(self) -> float | None:
        """How many of these were finished each second, lately; None while that is unknown."""
        return self._batches.forecast.per_second

    async def seconds_left(self, pending: int) -> float | None:
        """How long so many more will take; None while that is unknown."""
        return await self._outlook.seconds_left(pending)

    @property
    def unfinished(self) -> int:
        """Images whose files are being written by another program."""
        return len(self._batches.unfinished.ids)

    @property
    def max_bytes(self) -> int:
        """The size of the largest file that is read."""
        return self._opener.max_bytes

    @property
    def has_worker(self) -> bool:
        """Whether a worker process runs now."""
        return self._embedders.has_worker

    @property
    def sandbox(self) -> list[str]:
        """The locks of the last worker's sandbox; empty before the first worker has started."""
        return self._embedders.sandbox

    @property
    def tally(self) -> WorkerTally:
        """What the workers did."""
        return self._embedders.tally

    @property
    def decoded(self) -> int:
        """Pictures decoded since the daemon started."""
        return self.tally.decoded

    async def use(self, name: str) -> None:
        """See `Embedders.use`. What failed is tried again where that may help now."""
        await self._embedders.use(name)
        self._batches.failing.keep_only([self._gallery.serving.key, self._gallery.target.key])
        await self._refusals.retry(self._gallery)
        self.wake()

    async def go_on(self) -> bool:
        """See `Embedders.go_on`."""
        return await self._embedders.go_on()

    def configure(self, links: Links, endings: Collection[str]) -> None:
        """From now on, opens the files that these links lead to, and expects files whose names have
        one of these endings to be pictures."""
        self._opener.links = links
        self._batches.endings = frozenset(endings)

    def wake(self) -> None:
        """Looks for work."""
        self._work.set()
        self._woken.set()

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """See `Pauses.awaited`."""
        with self.pauses.awaited():
            self._expedite()
            yield

    async def resume(self, until: datetime | None) -> None:
        """See `Pauses.resume`."""
        await self.pauses.resume(until)
        self._expedite()

    async def retry(self, paths: Sequence[FilePath]) -> int:
        """Retries the failed pictures at or below these paths, or all of them if there are no
        paths.

        Returns how many.
        """
        count = await self._failures.retry(paths)
        self.wake()
        return count

    async def failures(self) -> list[Failure]:
        """See `FailureList.all`."""
        return await self._failures.all()

    async def differing(self, images: Sequence[Known]) -> list[Known]:
        """See `content_check.differing`."""
        return await content_check.differing(self._gallery, self._opener, images)

    def model(self, served: Served) -> Model | None:
        """What is known of a model that was used since the daemon started; None if it was removed
        before."""
        return self._embedders.models.get(served.identity)

    async def embed_query(self, picture: int, by: Served | None = None) -> tuple[Model, Vector]:
        """See `Embedders.embed_query`."""
        return await self._embedders.embed_query(picture, by)

    async def thumbnail(self, picture: int, pixels: int) -> bytes:
        """See `Thumbnails.of_picture`."""
        return await self._thumbnails.of_picture(picture, pixels)

    async def thumbnail_of(self, path: FilePath, pixels: int) -> bytes:
        """See `Thumbnails.of_file`."""
        return await self._thumbnails.of_file(path, pixels)

    async def run(self) -> None:
        """Works until cancelled."""
        try:
            async with asyncio.TaskGroup() as lanes:
                for _ in range(LANES):
                    lanes.create_task(self._lane())
                lanes.create_task(self._look_again())
                lanes.create_task(self._headers.run())
                lanes.create_task(self._batches.unfinished.run())
        finally:
            await self._embedders.close()

    async def _lane(self) -> None:
        backoff = _backoff()
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                while await self._step():
                    backoff = _backoff()
                    self._works()
            except UpdatingError:  # `status` tells of the update
                await backoff.wait()
                self._work.set()
            except WorkerError:  # its model rests
                if self.trouble:
                    self._fault.happens(self.trouble)
                self._work.set()
            except CatalogError as error:
                self._database_trouble = str(error)
                self._fault.happens(self.trouble)
                await backoff.wait()
                self._work.set()

    async def _look_again(self) -> None:
        """Looks at the machine while all lanes are busy, for very long where others need it."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._batches.are_under_way:
                await self._is_allowed()

    async def _step(self) -> bool:
        """Embeds one batch; returns whether there was any, and it could be embedded now."""
        if await self._batches.are_waiting():
            return await self._is_allowed() and await self._batches.step()
        if not self._batches.are_under_way:
            await self._finish()
        return False

    async def _finish(self) -> None:
        """When nothing is left to embed: clears the trouble, and completes a change of model."""
        self._works()
        if not self.trouble:
            await self.pauses.note_idle()
        await self._embedders.reach_target()
        self._headers.wake()
        self.idle_thumbnails.on_idle()

    def _tell_pause(self) -> None:
        """Tells the log when indexing pauses while there is work, and when it continues."""
        why = " ".join(pause.sentence for pause in self.pauses.reasons(pending=1))
        if why != self._pause_told:
            self._pause_told = why
            log.info("%s", why or "Indexing continues.")

    def _works(self) -> None:
        self._database_trouble = ""
        if not self.trouble:
            self._fault.is_over()

    async def _is_allowed(self) -> bool:
        """See `Pauses.allow`."""
        is_allowed = await self.pauses.allow(time.process_time() + self._embedders.cpu_seconds)
        self._tell_pause()
        return is_allowed

    def _uses_idle_priority(self) -> bool:
        """Whether the backlog is indexed at idle priority."""
        return self._has_idle_priority and not self.pauses.is_urgent

    def _expedite(self) -> None:
        """Somebody wants all to be indexed now."""
        self._embedders.expedite()
        self.wake()

    def _has_nothing_to_embed(self) -> bool:
        return not (self._batches.are_under_way or self._work.is_set())


def _backoff() -> Backoff:
    return Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
