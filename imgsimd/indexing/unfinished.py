"""Images whose files may still be written: nothing is held against them until they are at rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from enum import Enum, auto
from typing import NamedTuple

from imgsimd.errors import BadPictureError, CatalogError
from imgsimd.gallery.catalog.backlog import Candidate
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.verdicts import Verdict
from imgsimd.indexing import file_rest
from imgsimd.indexing.file_rest import REST_SECONDS
from imgsimd.indexing.photo_file import OpenPhoto
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.types import FilePath, ImageId

LOOK_SECONDS = 1.0
"""From one look at the files to the next."""
VERDICTS_A_STEP = 64
"""So many are stored in one transaction."""


class Unfinished:
    """Verdicts that wait for their files to come to rest; these images stay in the backlog, but are
    not taken. Runs on the event loop."""

    def __init__(
        self,
        opener: PhotoOpener,
        commit: Callable[[Served, Sequence[Verdict]], Awaitable[None]],
        on_released: Callable[[], None],
    ) -> None:
        """`commit` stores verdicts, or raises CatalogError; `on_released` is called when images may
        be taken again."""
        self._opener = opener
        self._commit = commit
        self._on_released = on_released
        self._waiting: dict[ImageId, _Doubtful] = {}
        self._wanted = asyncio.Event()

    @property
    def ids(self) -> AbstractSet[ImageId]:
        """The images that wait for their files."""
        return self._waiting.keys()

    async def sift(
        self,
        model: Served,
        verdicts: Sequence[Verdict],
        batch: Iterable[Candidate],
        photos: Mapping[ImageId, OpenPhoto],
    ) -> list[Verdict]:
        """The model's verdicts that can be stored now; keeps the others. `photos` are the batch's
        open files."""
        doubtful = {v.examined.id for v in verdicts if v.is_doubtful}
        at_rest = await asyncio.to_thread(_at_rest, photos, doubtful) if doubtful else doubtful
        early = doubtful - at_rest
        paths = {image.id: image.path for image in batch}
        for verdict in verdicts:
            if (image := verdict.examined.id) in early:
                self._waiting[image] = _Doubtful(paths[image], model, verdict)
                self._wanted.set()
        return [verdict for verdict in verdicts if verdict.examined.id not in early]

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(LOOK_SECONDS)
            await self._look()
            if not self._waiting:
                self._wanted.clear()

    async def _look(self) -> None:
        waiting = list(self._waiting.values())
        found = await asyncio.to_thread(_developments, waiting, self._opener)
        settled = [d for d, what in zip(waiting, found, strict=True) if what is not _Now.WRITTEN]
        at_rest = [d for d, what in zip(waiting, found, strict=True) if what is _Now.AT_REST]
        with suppress(CatalogError):  # who takes the image next finds out, and says so
            for start in range(0, len(at_rest), VERDICTS_A_STEP):
                await self._store(at_rest[start : start + VERDICTS_A_STEP])
        for doubtful in settled:
            del self._waiting[doubtful.verdict.examined.id]
        if settled:
            self._on_released()

    async def _store(self, at_rest: Sequence[_Doubtful]) -> None:
        for model in {doubtful.model for doubtful in at_rest}:
            await self._commit(model, [d.verdict for d in at_rest if d.model == model])


class _Doubtful(NamedTuple):
    path: FilePath
    model: Served
    verdict: Verdict


class _Now(Enum):
    """How a file is now."""

    WRITTEN = auto()
    AT_REST = auto()
    """As it was read."""
    ANOTHER = auto()
    """Gone, or in another state than it was read in."""


def _at_rest(photos: Mapping[ImageId, OpenPhoto], wanted: AbstractSet[ImageId]) -> set[ImageId]:
    return {image for image in wanted if _is_at_rest(photos[image])}


def _is_at_rest(photo: OpenPhoto) -> bool:
    """Whether the file will most likely stay as it is: it was not changed just now, and nobody has
    it open for writing. May block as long as a disk does."""
    is_young = file_rest.is_young(photo.state, time.time())
    return not is_young and not file_rest.has_writer(photo.descriptor)


def _is_written(photo: OpenPhoto) -> bool:
    """Whether somebody writes to the file at present. One that was closed just now counts, too: the
    catalog does not know its new state yet."""
    needed = REST_SECONDS if file_rest.has_writer(photo.descriptor) else LOOK_SECONDS
    return file_rest.is_young(photo.state, time.time(), needed)


def _developments(doubtful: Sequence[_Doubtful], opener: PhotoOpener) -> list[_Now]:
    return [_development(each, opener) for each in doubtful]


def _development(doubtful: _Doubtful, opener: PhotoOpener) -> _Now:
    """A file in another state may be whole by now, though somebody has it open. But while it is
    being written, it is left alone."""
    try:
        with opener.opened(doubtful.path) as photo:
            if photo is None:
                return _Now.ANOTHER
            if photo.state == doubtful.verdict.examined.state:
                return _Now.AT_REST if _is_at_rest(photo) else _Now.WRITTEN
            return _Now.WRITTEN if _is_written(photo) else _Now.ANOTHER
    except BadPictureError:
        return _Now.ANOTHER
