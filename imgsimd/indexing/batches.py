"""Takes batches from the backlog and stores the results.

backlog -> open and hash -> known content? -> worker -> commit = searchable
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from imgsimd import extensions
from imgsimd.embedding.embedder import Embedder, Embedding
from imgsimd.errors import BadPictureError, FaultKind, UpdatingError, WorkerError
from imgsimd.gallery.catalog.backlog import Candidate
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.thread import GalleryThread
from imgsimd.gallery.verdicts import Examined, Verdict, Verdicts
from imgsimd.indexing.arrivals import Arrivals
from imgsimd.indexing.costs import kind_of
from imgsimd.indexing.embedders import Embedders, shortages_told
from imgsimd.indexing.failing_models import FailingModels
from imgsimd.indexing.forecast import BatchWork, Forecast
from imgsimd.indexing.photo_file import UNHASHED, OpenPhoto
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.indexing.refusals import Refusals
from imgsimd.indexing.unfinished import Unfinished
from imgsimd.machine.background_threads import BackgroundThreads
from imgsimd.types import ContentHash, FilePath, Hash, ImageId

log = logging.getLogger(__name__)

IMAGES_A_BATCH = 64
"""Images of one transaction."""
IMAGES_AT_ONCE = 8
"""Images that a thread opens at idle priority before it asks again whether somebody waits."""
GOLDEN_RATIO = (5**0.5 - 1) / 2
"""Its multiples, without their whole parts, are spread evenly between 0 and 1."""
Outcome: TypeAlias = Embedding | Fault
OUR_FAULTS = {FaultKind.CRASH, FaultKind.NO_VECTOR, FaultKind.TOO_SLOW}
"""Faults that a picture, however damaged, should not have."""
STALE_SECONDS = 1.0
"""How long a file that changed while it was read is left alone."""


class Batches:
    """The batches of all lanes: no two have an image in common. Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        embedders: Embedders,
        opener: PhotoOpener,
        threads: BackgroundThreads,
        refusals: Refusals,
        on_stale: Callable[[FilePath], None],
        on_released: Callable[[], None],
    ) -> None:
        """Files are opened and hashed in the `threads`. `on_stale` is called with the path of a
        file that differs from what the catalog says; `on_released` is called when images that were
        taken may be in the backlog again."""
        self._gallery = gallery
        self._embedders = embedders
        self._opener = opener
        self._threads = threads
        self._refusals = refusals
        self._arrivals = Arrivals(gallery, opener, on_stale)
        self._on_stale = on_stale
        self._on_released = on_released
        self.failing = FailingModels(on_released)
        """Of which nothing is taken for a while."""
        self._in_flight: set[ImageId] = set()
        self._scouts = 0
        self.unfinished = Unfinished(opener, self._commit, on_released)
        """Whose files may still be written."""
        self.endings: AbstractSet[str] = frozenset(extensions.DEFAULT)
        """Those of names that say that a file is a picture."""
        self.forecast = Forecast()
        """How fast photos are finished, and how long the rest takes."""

    @property
    def are_under_way(self) -> bool:
        """Whether any batch is under way."""
        return bool(self._in_flight)

    async def are_waiting(self) -> bool:
        """Whether there is anything to embed that is not under way."""
        _, waiting = await self._waiting(1)
        return bool(waiting)

    async def _waiting(self, most: int) -> tuple[Served, list[Candidate]]:
        taken, resting = self._taken(), self.failing.resting
        return await self._gallery.of_verdicts(Verdicts.waiting, most, taken, resting)

    async def step(self) -> bool:
        """Embeds one batch; returns whether there was any. Raises WorkerError or CatalogError; the
        batch then stays in the backlog."""
        model, waiting = await self._waiting(IMAGES_A_BATCH)
        if len(waiting) == IMAGES_A_BATCH:
            waiting[-1:] = await self._scout(model, waiting)
        taken = self._taken()  # the other lane may have taken some meanwhile
        batch = [image for image in waiting if image.id not in taken]
        if not batch:
            return False
        ids = {image.id for image in batch}
        self._in_flight |= ids
        try:
            stale = await self._embed(model, batch)
        except BaseException as error:
            if isinstance(error, WorkerError) and not isinstance(error, UpdatingError):
                self.failing.fails(model, error)
            self._release(ids)
            raise
        if self._embedders.of(model):
            self.failing.works(model)
        else:
            self.failing.fails(model, WorkerError(f"The model {model.name} was removed."))
        self._release(ids - stale.keys())
        if stale:
            self._put_off(stale)
        return True

    async def _scout(self, model: Served, waiting: Sequence[Candidate]) -> list[Candidate]:
        """An image that would come much later, so that it is known soon what those take; or else
        the last one that waits. The places are spread evenly, however many there are."""
        self._scouts += 1
        place = self._scouts * GOLDEN_RATIO % 1
        scout = await self._gallery.of_verdicts(Verdicts.amid, model, place)
        ids = {image.id for image in waiting}
        return [scout] if scout and scout.id not in ids else [waiting[-1]]

    def _taken(self) -> set[ImageId]:
        return self._in_flight | self.unfinished.ids

    def _release(self, ids: AbstractSet[ImageId]) -> None:
        self._in_flight -= ids
        self._on_released()  # another lane may have found everything taken

    def _put_off(self, stale: Mapping[ImageId, FilePath]) -> None:
        """Reports files that differ from what the catalog says; they are not taken until they have
        been looked at."""
        for path in stale.values():
            self._on_stale(path)
        asyncio.get_running_loop().call_later(STALE_SECONDS, self._release, set(stale))

    async def _embed(self, model: Served, batch: Sequence[Candidate]) -> dict[ImageId, FilePath]:
        """Embeds the batch and stores the results; returns the images whose files are not in the
        known state."""
        by = await self._gallery.of_images(Images.hash)
        with ExitStack() as stack:
            work = stack.enter_context(self.forecast.batch(model.identity))
            opened = await self._opened(batch, by, stack)
            for image, seconds in opened.seconds.items():
                work.read(opened.photos[image].state.size, seconds)
            stale = opened.stale | await self._store(model, batch, opened, work)
        return {image.id: image.path for image in batch if image.id in stale}

    async def _opened(self, batch: Sequence[Candidate], by: Hash, stack: ExitStack) -> _Opened:
        """The files, opened and hashed; the stack closes them."""
        opened = _Opened()
        for first in range(0, len(batch), IMAGES_AT_ONCE):
            part = batch[first : first + IMAGES_AT_ONCE]
            await self._threads.run(_open, part, opened, self._opener, self._refusals, by, stack)
        return opened

    async def _store(
        self, model: Served, batch: Sequence[Candidate], opened: _Opened, work: BatchWork
    ) -> set[ImageId]:
        """Embeds the files in the known state and stores the results; returns the images whose
        files were written to meanwhile, for which nothing is stored."""
        examined = [Examined(i, photo.state, photo.content) for i, photo in opened.photos.items()]
        examined = await self._arrivals.settle(batch, examined)
        unknown = await self._gallery.of_verdicts(Verdicts.recognise, model, examined)
        embedder = self._embedders.of(model)
        if embedder is None:  # the model was changed again since the batch was taken
            return set()
        paths = {image.id: image.path for image in batch}
        files = [_File(opened.photos[image.id], paths[image.id]) for image in unknown]
        outcomes = await self._outcomes_by_content(embedder, files, work)
        work.judged(len(opened.photos), len(outcomes))
        written = {i.id for i in unknown if not opened.photos[i.id].is_unchanged()}
        verdicts = [
            _verdict(i, self._judged(outcomes[i.content], paths[i.id]))
            for i in unknown
            if i.id not in written
        ]
        at_rest = await self.unfinished.sift(model, verdicts, batch, opened.photos)
        await self._commit(model, [*opened.failed, *at_rest])
        self.forecast.finish(len(opened.photos) - len(unknown))
        return written

    def _judged(self, outcome: Outcome, path: FilePath) -> Outcome:
        """The outcome for the file at this path: one that is no picture, and not called one, is not
        at fault. What a decoder should never do goes to the log."""
        if isinstance(outcome, Fault) and outcome.kind in OUR_FAULTS:
            log.warning("%s is not indexed: %s", path, outcome.reason)
        if not isinstance(outcome, Fault) or outcome.kind != FaultKind.NOT_A_PICTURE:
            return outcome
        is_called_one = extensions.of_name(os.path.basename(path)) in self.endings
        return outcome if is_called_one else outcome._replace(kind=FaultKind.NO_PHOTO)

    async def _commit(self, model: Served, verdicts: Sequence[Verdict]) -> None:
        await self._gallery.of_verdicts(Verdicts.commit, model, verdicts)
        self.forecast.finish(len(verdicts))

    async def _outcomes_by_content(
        self, embedder: Embedder, files: Sequence[_File], work: BatchWork
    ) -> dict[ContentHash, Outcome]:
        """Each content is embedded once, however many files have it."""
        first = {file.photo.content: file for file in reversed(files)}
        outcomes = await self._outcomes(embedder, first.values(), work)
        return dict(zip(first, outcomes, strict=True))

    async def _outcomes(
        self, embedder: Embedder, files: Iterable[_File], work: BatchWork
    ) -> list[Outcome]:
        """What comes of the pictures. When it raises WorkerError, none of them is still being
        embedded."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(embedder, f, work)) for f in files]
        except* WorkerError as errors:
            failure = errors
        else:
            return [task.result() for task in tasks]
        if failure.subgroup(UpdatingError):
            raise UpdatingError from failure
        raise WorkerError(str(failure.exceptions[0])) from failure

    async def _outcome(self, embedder: Embedder, file: _File, work: BatchWork) -> Outcome:
        photo = file.photo
        kind = kind_of(file.path, photo.state.size)
        try:
            with shortages_told():
                embedding = await embedder.embed(photo.descriptor)
        except BadPictureError as error:
            work.refused(kind, photo.state.size)
            return await self._refusals.of(error, photo.descriptor)
        work.embedded(kind, photo.state.size, embedding.seconds)
        return embedding


class _File(NamedTuple):
    """A file that is to be embedded."""

    photo: OpenPhoto
    path: FilePath


@dataclass(slots=True)
class _Opened:
    """A batch whose files were opened."""

    photos: dict[ImageId, OpenPhoto] = field(default_factory=dict)
    """In the known state."""
    seconds: dict[ImageId, float] = field(default_factory=dict)
    """How long it took to open and to hash each of these."""
    failed: list[Verdict] = field(default_factory=list)
    """Of files that cannot be read."""
    stale: set[ImageId] = field(default_factory=set)
    """Images whose files are gone, being written, or in another state than the known one."""


def _open(
    batch: Sequence[Candidate],
    opened: _Opened,
    opener: PhotoOpener,
    refusals: Refusals,
    by: Hash,
    stack: ExitStack,
) -> None:
    """Opens and hashes the files, and adds them to those opened."""
    for image in batch:
        start = time.monotonic()
        try:
            photo = stack.enter_context(opener.opened(image.path, image.state, by))
        except BadPictureError as error:
            unread = Examined(image.id, image.state, UNHASHED)
            opened.failed.append(Verdict(unread, refusals.unread(error)))
            continue
        if photo is None:
            opened.stale.add(image.id)
        else:
            opened.photos[image.id] = photo
            opened.seconds[image.id] = time.monotonic() - start


def _verdict(image: Examined, outcome: Outcome) -> Verdict:
    if isinstance(outcome, Fault):
        return Verdict(image, outcome)
    return Verdict(image, outcome.vector, outcome.metadata)
