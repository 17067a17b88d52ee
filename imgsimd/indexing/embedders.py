"""The embedders of the serving model and of the target."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from imgsimd.config import Worker as WorkerSettings
from imgsimd.embedding.embedder import Embedder
from imgsimd.embedding.kept_worker import WorkerTally
from imgsimd.errors import ModelError, WorkerError
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.machine import memory
from imgsimd.models import model_files, needs
from imgsimd.models.model_files import Model
from imgsimd.vectors import Vector, VectorForm

log = logging.getLogger(__name__)

ROOM = 2
"""So many times the memory must be free that the vectors of the next model take."""


class Embedders:
    """One embedder for each model in use. Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        installed: Path,
        settings: WorkerSettings,
        uses_idle_priority: Callable[[], bool] = lambda: False,
    ) -> None:
        """`installed` is the folder of added models; for `uses_idle_priority` see `Embedder`."""
        self._gallery = gallery
        self._installed = installed
        self._settings = settings
        self._uses_idle_priority = uses_idle_priority
        self._by_identity: dict[str, Embedder] = {}
        self._retiring: dict[Embedder, asyncio.Task[None]] = {}
        self.models: dict[str, Model] = {}
        """All that were used, by identity: an answer may still be by the one before."""
        self.tally = WorkerTally()
        """What the workers of all embedders did."""

    @property
    def has_worker(self) -> bool:
        """Whether a worker process runs now."""
        return any(embedder.has_worker for embedder in self._by_identity.values())

    @property
    def sandbox(self) -> list[str]:
        """The locks of the last worker's sandbox; empty before the first worker has started."""
        return next((e.sandbox for e in self._by_identity.values() if e.sandbox), [])

    @property
    def cpu_seconds(self) -> float:
        """Processor time of the workers of normal priority; less than before if one has ended."""
        return sum(embedder.cpu_seconds for embedder in self._by_identity.values())

    def expedite(self) -> None:
        """See `Embedder.expedite`."""
        for embedder in self._by_identity.values():
            embedder.expedite()

    async def use(self, name: str) -> None:
        """Makes this model the target; the earlier one answers until every image has its new
        vector.

        Raises ModelError if there is no such model, or what runs it is not installed; then nothing
        has changed.
        """
        target = model_files.find(name, self._installed)
        if target.identity not in self._by_identity:  # else what is indexed can still be found
            needs.ensure(name, target.file)
        self._prepare(target)  # it may serve as soon as the gallery knows it
        await self._aim(target.identity, target.name, target.form)

    async def go_on(self) -> bool:
        """Has the model answer on that answered last, and aims at no other one; whether there is
        any."""
        last = await self._gallery.do(lambda gallery: gallery.remembered)
        if last is not None:
            await self._aim(last.identity, last.name, last.form)
        return last is not None

    async def _aim(self, identity: str, name: str, form: VectorForm) -> None:
        """Keeps an embedder for each model in use; if none of them can be used, any one, for what
        all do alike."""
        usable = {model.identity: model for model in model_files.available(self._installed)}
        aim = partial(Gallery.aim, at_once=False)
        serving = await self._gallery.do(aim, identity, name, form, usable)
        wanted = {serving.identity, identity}.intersection(usable) or set(list(usable)[:1])
        for identity in wanted:
            self._prepare(usable[identity])
        self._keep_only(wanted)
        await self.reach_target()

    async def reach_target(self) -> None:
        """Changes to the target if every image has its vector. Where there is memory for them,
        these are loaded beside those that answer before, so that no question has to wait."""
        if self._gallery.serving != self._gallery.target:
            await self._load_target()
        if await self._gallery.do(Gallery.reach_target):
            log.info("%s answers from now on", self._gallery.serving.name)
            self._keep_only({self._gallery.serving.identity, self._gallery.target.identity})

    async def _load_target(self) -> None:
        if memory.available() > ROOM * await self._gallery.do(lambda g: g.target_bytes):
            while not await self._gallery.do(Gallery.load_target):
                pass

    def of(self, model: Served) -> Embedder | None:
        """The embedder of a model; None if the model is no longer in use."""
        return self._by_identity.get(model.identity)

    def serving(self) -> Embedder:
        """The embedder of the model that answers. Raises ModelError if it was removed."""
        served = self._gallery.serving
        if served.identity not in self._by_identity:
            raise ModelError(
                f"The model {served.name}, which answers until the change of model is finished, "
                "was removed. Until then, only indexed pictures can be asked about; `imgsimctl "
                "wait` returns when it is finished."
            )
        return self._by_identity[served.identity]

    def any(self) -> Embedder:
        """An embedder for what all models do alike: that of the model that answers, unless it was
        removed."""
        served = self._by_identity.get(self._gallery.serving.identity)
        return served or next(iter(self._by_identity.values()))

    def by(self, asked: Served | None) -> Embedder:
        """The embedder of a model that somebody asks; None: of the one that answers. Raises
        ModelError if it was removed, or what runs it is not installed."""
        if asked is None or asked == self._gallery.serving:
            return self.serving()
        known = self._by_identity.get(asked.identity)
        if known is None or not os.path.isfile(known.model.file):
            installed = model_files.available(self._installed)
            model = next((each for each in installed if each.identity == asked.identity), None)
            if model is None:
                raise ModelError(
                    f"The model {asked.name} was removed: it can only be asked about photos that "
                    "it has seen."
                )
            needs.ensure(model.name, model.file)
            self._prepare(model)
        return self._by_identity[asked.identity]

    async def embed_query(self, picture: int, by: Served | None = None) -> tuple[Model, Vector]:
        """The vector of a picture that somebody asks about, by its descriptor, ahead of the
        backlog; and the model that has made it: this one, or None: the one that answers.

        Raises BadPictureError, WorkerError or ModelError.
        """
        with shortages_told():
            embedder = self.by(by)
            return embedder.model, (await embedder.embed(picture, urgent=True)).vector

    async def close(self) -> None:
        """Ends all workers."""
        embedders = [*self._by_identity.values(), *self._retiring]
        await asyncio.gather(*(embedder.close() for embedder in embedders))

    def _prepare(self, model: Model) -> None:
        if model.identity not in self._by_identity:
            embedder = Embedder(model, self._settings, self.tally, self._uses_idle_priority)
            self._by_identity[model.identity] = embedder
            self.models[model.identity] = model

    def _keep_only(self, wanted: Collection[str]) -> None:
        """What the others were asked before is still answered."""
        for identity in set(self._by_identity).difference(wanted):
            embedder = self._by_identity.pop(identity)
            self._retiring[embedder] = asyncio.create_task(self._retire(embedder))

    async def _retire(self, embedder: Embedder) -> None:
        await embedder.retire()
        del self._retiring[embedder]


@contextmanager
def shortages_told() -> Iterator[None]:
    """Raises WorkerError if the system is short of descriptors, processes or memory: the next try
    may succeed."""
    try:
        yield
    except OSError as error:
        raise WorkerError(f"The embedding worker lacks a resource: {error.strerror}.") from error
