"""Joins gallery and embedding: the backlog becomes vectors, and a question's picture a vector.

backlog -> open and hash -> known content? -> worker -> commit = searchable
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TypeAlias

from imgsimd.backoff import Backoff
from imgsimd.config import Worker as WorkerSettings
from imgsimd.embedding.embedder import Embedder, Embedding
from imgsimd.errors import BadPictureError, CatalogError, ModelError, WorkerError
from imgsimd.gallery.catalog.backlog import Candidate
from imgsimd.gallery.catalog.failed_images import Failed
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.gallery import Examined, Gallery, Verdict
from imgsimd.gallery.model_switch import Served
from imgsimd.gallery.paging import pages
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.headers import HeaderFiller
from imgsimd.indexing.photo_file import OpenPhoto, open_photo
from imgsimd.models import registry
from imgsimd.models.registry import Model
from imgsimd.paths import upwards
from imgsimd.reconciling import planning
from imgsimd.types import (
    ContentHash,
    Failure,
    FilePath,
    FileState,
    Hash,
    ImageId,
    Known,
    Plan,
    Rename,
)
from imgsimd.vectors import Vector
from imgsimd.watching.links import NOT_FOLLOWED, Links
from imgsimd.watching.scan import has_left

log = logging.getLogger(__name__)

LANES = 2
"""Batches under way: while one is being embedded, the next is opened and hashed."""
IMAGES_A_BATCH = 64
"""Images of one transaction."""
FAILURES_A_PAGE = 1000
"""Failures told at once: a few milliseconds, so that questions get in between."""
UNHASHED = b""
"""The content of a file that could not be read at all."""
STALE_SECONDS = 1.0
"""How long a file that changed under our hands is left alone."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""Seconds between two tries to start a worker that does not start."""


Opener: TypeAlias = Callable[[FilePath], OpenPhoto | None]


class Indexer:
    """Works the backlog off. Lives on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        installed: Path,
        settings: WorkerSettings,
        on_stale: Callable[[FilePath], None],
    ) -> None:
        """`installed` is the folder of added models; `on_stale` is told of a path that is not what
        the catalog says of it."""
        self._gallery = gallery
        self._installed = installed
        self._settings = settings
        self._on_stale = on_stale
        self._embedders: dict[str, Embedder] = {}
        self._in_flight: set[ImageId] = set()
        self._following = asyncio.Lock()
        self._work = asyncio.Event()
        self._unpaused = asyncio.Event()
        self._unpaused.set()
        self._decoded_before = 0
        self.finished = 0
        """Photos that were embedded, recognised or refused, since the daemon started."""
        self._links = NOT_FOLLOWED
        self._headers = HeaderFiller(
            gallery,
            embedder=self._serving,
            may_run=lambda: not (self._in_flight or self._work.is_set() or self.is_paused),
            follows_links=lambda: self._links.are_followed,
            on_filled=self.wake,
        )
        self.trouble = ""
        """Why nothing is embedded although there is work, in words for the user."""

    @property
    def is_paused(self) -> bool:
        return not self._unpaused.is_set()

    @property
    def max_bytes(self) -> int:
        """The size of the largest file that is read."""
        return self._settings.max_bytes

    @property
    def has_worker(self) -> bool:
        """Whether a worker process runs now."""
        return any(embedder.has_worker for embedder in self._embedders.values())

    @property
    def sandbox(self) -> list[str]:
        """The locks that held the last worker in; none before the first has started."""
        return next((e.sandbox for e in self._embedders.values() if e.sandbox), [])

    @property
    def decoded(self) -> int:
        """Pictures decoded since the daemon started."""
        return self._decoded_before + sum(e.decoded for e in self._embedders.values())

    async def use(self, name: str) -> None:
        """Makes this the model to work towards; until it is reached, the earlier one answers.

        Raises ModelError where there is no such model; nothing has changed then.
        """
        target = registry.find(name, self._installed)
        usable = {model.identity: model for model in registry.available(self._installed)}
        self._prepare(target)  # it may serve as soon as the gallery knows it
        serving = await self._gallery.do(
            Gallery.aim, target.identity, target.name, target.dimension, usable
        )
        wanted = {serving.identity, target.identity}.intersection(usable)
        for identity in wanted:
            self._prepare(usable[identity])
        for identity in set(self._embedders) - wanted:
            await self._retire(identity)
        self.wake()

    def follow(self, links: Links) -> None:
        """From now on opens what these links lead to."""
        self._links = links

    def _opener(self, by: Hash) -> Opener:
        """Opens a photo as the settings want it."""
        return partial(
            open_photo,
            max_bytes=self._settings.max_bytes,
            by=by,
            follows_links=self._links.are_followed,
        )

    def wake(self) -> None:
        """There may be work."""
        self._work.set()

    def pause(self) -> None:
        """Embeds nothing more of the backlog until `resume`; questions are still answered."""
        self._unpaused.clear()

    def resume(self) -> None:
        """Goes on where it was."""
        self._unpaused.set()
        self.wake()

    async def retry(self, paths: Sequence[FilePath]) -> int:
        """Tries pictures again that failed, at or below these paths, or all if there are none.

        Returns how many.
        """
        wanted = set(paths)
        count = 0
        async for page in self._failure_pages():
            ids = [f.id for f in page if not wanted or not wanted.isdisjoint(upwards(f.path))]
            await self._gallery.do(Gallery.enqueue, ids)
            count += len(ids)
        self.wake()
        return count

    async def failures(self) -> list[Failure]:
        """The pictures that cannot be embedded, by path."""
        return sorted([Failure(f.path, f.reason) async for p in self._failure_pages() for f in p])

    def _failure_pages(self) -> AsyncIterator[list[Failed]]:
        return pages(
            lambda after: self._gallery.do(Gallery.failures, after, FAILURES_A_PAGE),
            ImageId(0),
            attrgetter("id"),
        )

    async def differing(self, images: Sequence[Known]) -> list[Known]:
        """The images whose files have another content than the one that is known, or cannot be
        read. Reads all of every file. Of a file that is being written, nothing is said."""
        by = await self._gallery.of_images(Images.hash)
        different: list[Known] = []
        for start in range(0, len(images), IMAGES_A_BATCH):
            part = images[start : start + IMAGES_A_BATCH]
            contents = await asyncio.to_thread(_contents, part, self._opener(by))
            same = await self._gallery.do(Gallery.with_content, contents)
            different += [i for i in part if i.id in contents and i.id not in same]
        return different

    async def run(self) -> None:
        """Works until cancelled."""
        try:
            async with asyncio.TaskGroup() as lanes:
                for _ in range(LANES):
                    lanes.create_task(self._lane())
                lanes.create_task(self._headers.run())
        finally:
            await asyncio.gather(*(embedder.close() for embedder in self._embedders.values()))

    async def embed_query(self, picture: int) -> Vector:
        """The vector of a picture that somebody asks about, by its descriptor, ahead of the
        backlog.

        Raises BadPictureError, WorkerError or ModelError.
        """
        with _shortages_told():
            return (await self._serving().embed(picture, urgent=True)).vector

    async def thumbnail(self, picture: int, pixels: int) -> bytes:
        """A JPEG of a picture that somebody sent. Raises as `embed_query` does."""
        with _shortages_told():
            return await self._serving().thumbnail(picture, pixels)

    async def thumbnail_of(self, path: FilePath, pixels: int) -> bytes:
        """A JPEG of an image in the gallery. Raises as `embed_query` does."""
        photo = await asyncio.to_thread(self._opener("blake3"), path)
        if photo is None:
            raise BadPictureError("it is gone, or being written")
        try:
            with _shortages_told():
                return await self._serving().thumbnail(photo.descriptor, pixels)
        finally:
            photo.close()

    def _serving(self) -> Embedder:
        served = self._gallery.serving
        if served.identity not in self._embedders:
            raise ModelError(
                f"The model {served.name} that answers until the change of model is finished was "
                "removed: only indexed pictures can be asked about. `imgsimctl wait` tells when."
            )
        return self._embedders[served.identity]

    def _prepare(self, model: Model) -> None:
        self._embedders.setdefault(model.identity, Embedder(model, self._settings))

    async def _retire(self, identity: str) -> None:
        embedder = self._embedders.pop(identity)
        self._decoded_before += embedder.decoded
        await embedder.close()

    async def _lane(self) -> None:
        backoff = _backoff()
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                while await self._step():
                    backoff, self.trouble = _backoff(), ""
                self.trouble = ""  # the other lane may have met it, and this one done the work
            except (WorkerError, CatalogError) as error:
                self.trouble = str(error)
                log.error("%s Trying again in %g seconds.", error, backoff.seconds)
                await backoff.wait()
                self._work.set()

    async def _step(self) -> bool:
        """One batch; whether there was any."""
        await self._unpaused.wait()
        model, waiting = await self._gallery.do(
            Gallery.waiting, IMAGES_A_BATCH + len(self._in_flight)
        )
        batch = [image for image in waiting if image.id not in self._in_flight][:IMAGES_A_BATCH]
        if not batch:
            await self._finish()
            return False
        ids = {image.id for image in batch}
        self._in_flight |= ids
        try:
            stale = await self._embed(model, batch)
        except BaseException:
            self._release(ids)
            raise
        self._release(ids - stale.keys())
        if stale:
            self._put_off(stale)
        return True

    def _release(self, ids: AbstractSet[ImageId]) -> None:
        self._in_flight -= ids
        self.wake()  # another lane may have found everything taken

    def _put_off(self, stale: Mapping[ImageId, FilePath]) -> None:
        """These are not what the catalog says: they wait until somebody has looked at them."""
        for path in stale.values():
            self._on_stale(path)
        asyncio.get_running_loop().call_later(STALE_SECONDS, self._release, set(stale))

    async def _finish(self) -> None:
        """Nothing is left: a change of model may be complete, and trouble is over."""
        if self._in_flight:
            return
        self.trouble = ""
        if await self._gallery.do(Gallery.reach_target):
            served = self._gallery.serving
            log.info("%s answers from now on", served.name)
            for identity in set(self._embedders) - {served.identity}:
                await self._retire(identity)
        self._headers.wake()

    async def _embed(self, model: Served, batch: Sequence[Candidate]) -> dict[ImageId, FilePath]:
        """Stores what comes of the batch; returns those whose files are not in the known state."""
        by = await self._gallery.of_images(Images.hash)
        opened = await asyncio.to_thread(_open, batch, self._opener(by))
        try:
            fresh = {i: p for i, p in opened.photos.items() if i not in opened.stale}
            examined = [Examined(i, photo.state, photo.content) for i, photo in fresh.items()]
            examined = await self._not_inherited(batch, examined)
            await self._follow_moves(batch, examined)
            unknown = await self._gallery.do(Gallery.recognise, model, examined)
            embedder = self._embedders.get(model.identity)
            if embedder is None:  # the model was changed again since the batch was taken
                return {}
            verdicts = await self._verdicts(embedder, opened, unknown)
            await self._gallery.do(Gallery.commit, model, [*opened.failed, *verdicts])
            self.finished += len(batch) - len(opened.stale)
        finally:
            for photo in opened.photos.values():
                photo.close()
        return {image.id: image.path for image in batch if image.id in opened.stale}

    async def _not_inherited(
        self, batch: Sequence[Candidate], examined: Sequence[Examined]
    ) -> list[Examined]:
        """Without new files that are known where their folder was before it moved: they have the
        content of the image that lay there, and keep its id."""
        new = {image.id: image.path for image in batch if image.content is None}
        before = await self._gallery.of_folders(Folders.predecessors, new.values())
        renames = {
            image: Rename(before[new[image.id]].image.id, new[image.id], image.state)
            for image in examined
            if new.get(image.id) in before and before[new[image.id]].content == image.content
        }
        if renames:
            await self._gallery.do(Gallery.apply, Plan(renamed=list(renames.values())))
        return [image for image in examined if image not in renames]

    async def _follow_moves(self, batch: Sequence[Candidate], examined: Sequence[Examined]) -> None:
        """A new file with the content of an image that has left its place was moved here, from
        another disk: it keeps that image's id."""
        new = {image.id: image.path for image in batch if image.content is None}
        arrived: dict[ContentHash, list[Examined]] = defaultdict(list)
        for image in examined:
            if image.id in new:
                arrived[image.content].append(image)
        async with self._following:  # the other lane must not find the same images
            twins = await self._gallery.do(Gallery.by_content, list(arrived))
            for content, owners in twins.items():
                await self._follow_twins({new[i.id]: i.state for i in arrived[content]}, owners)

    async def _follow_twins(
        self, arrived: Mapping[FilePath, FileState], owners: Sequence[Known]
    ) -> None:
        """As `_follow_moves`, for files with the content of these images."""
        left = await asyncio.to_thread(_have_left, owners, self._links)
        moves = list(planning.pairs(list(arrived), left))
        if moves:
            renamed = [Rename(image.id, path, arrived[path]) for path, image in moves]
            await self._gallery.do(Gallery.apply, Plan(renamed=renamed))
        for _, image in moves:
            self._on_stale(image.path)

    async def _verdicts(
        self, embedder: Embedder, opened: _Opened, unknown: Sequence[Examined]
    ) -> list[Verdict]:
        """Each content is embedded once, however many images have it."""
        first = {image.content: opened.photos[image.id].descriptor for image in reversed(unknown)}
        outcomes = dict(zip(first, await _outcomes(embedder, first.values()), strict=True))
        opened.stale |= {i.id for i in unknown if not opened.photos[i.id].is_unchanged()}
        return [_verdict(i, outcomes[i.content]) for i in unknown if i.id not in opened.stale]


def _verdict(image: Examined, outcome: Embedding | str) -> Verdict:
    if isinstance(outcome, str):
        return Verdict(image, outcome)
    return Verdict(image, outcome.vector, outcome.metadata)


def _have_left(owners: Sequence[Known], links: Links) -> list[Known]:
    """Those of the same content whose files are gone. Inodes do not matter: a file of this size
    and mtime at an owner's path has its content, too."""
    return [owner for owner in owners if has_left(owner, keeps_inodes=False, links=links)]


@dataclass(slots=True)
class _Opened:
    """A batch whose files were opened."""

    photos: dict[ImageId, OpenPhoto] = field(default_factory=dict)
    failed: list[Verdict] = field(default_factory=list)
    stale: set[ImageId] = field(default_factory=set)


def _open(batch: Sequence[Candidate], opener: Opener) -> _Opened:
    opened = _Opened()
    for image in batch:
        try:
            photo = opener(image.path)
        except BadPictureError as error:
            unread = Examined(image.id, image.state, UNHASHED)
            opened.failed.append(Verdict(unread, str(error)))
            continue
        if photo is not None:
            opened.photos[image.id] = photo
        if photo is None or photo.state != image.state:
            opened.stale.add(image.id)
    return opened


def _contents(images: Sequence[Known], opener: Opener) -> dict[ImageId, ContentHash]:
    """What is in the files now; `UNHASHED` of one that cannot be read."""
    contents: dict[ImageId, ContentHash] = {}
    for image in images:
        try:
            photo = opener(image.path)
        except BadPictureError:
            contents[image.id] = UNHASHED
            continue
        if photo is not None:
            photo.close()
            contents[image.id] = photo.content
    return contents


async def _outcomes(embedder: Embedder, descriptors: Iterable[int]) -> list[Embedding | str]:
    """What a worker makes of them, or why it refuses them. Raises WorkerError; nothing is under
    way then."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_outcome(embedder, each)) for each in descriptors]
    except* WorkerError as errors:
        failure = errors
    else:
        return [task.result() for task in tasks]
    raise WorkerError(str(failure.exceptions[0])) from failure


async def _outcome(embedder: Embedder, descriptor: int) -> Embedding | str:
    try:
        with _shortages_told():
            return await embedder.embed(descriptor)
    except BadPictureError as error:
        return str(error)


@contextmanager
def _shortages_told() -> Iterator[None]:
    """Descriptors, memory or processes that the system does not give, as a WorkerError: they may
    be there for the next try."""
    try:
        yield
    except OSError as error:
        raise WorkerError(f"The embedding worker gets too little: {error.strerror}.") from error


def _backoff() -> Backoff:
    return Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
