"""Computes vectors with one model, and all else that a worker process makes of pictures."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from imgsimd.config import Worker as WorkerSettings
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.embedding.kept_worker import GivenUpError, KeptWorker, WorkerTally
from imgsimd.embedding.protocol import (
    ALTERATIONS,
    Task,
    pack_features,
    unpack_metadata,
    unpack_views,
)
from imgsimd.errors import BadPictureError, FaultKind
from imgsimd.models.model_files import Model
from imgsimd.vectors import Vector
from imgsimd.verification import Verification

MOST_PENALTY = 2.0
"""The greatest distance of two vectors."""
COMPARED_AT_ONCE = 8
"""Pictures whose features are compared by one thread of the worker before it takes something else:
some hundredths of a second."""


class Embedding(NamedTuple):
    """What a worker makes of a picture."""

    vector: Vector
    """float32 [dimension], of unit length."""
    metadata: PictureMetadata
    seconds: float = 0.0
    """The processor's time that it took, without reading the file; at least 0."""


class View(NamedTuple):
    """A way to look at a picture."""

    vector: Vector
    """float32 [dimension], of unit length."""
    penalty: float
    """So much farther than it is counts a photo that lies near to this view."""


class Views(NamedTuple):
    """What a worker makes of a picture to ask for the very same one."""

    vector: Vector
    """Of the picture as it is: float32 [dimension], of unit length."""
    others: Sequence[View]
    features: bytes
    """To compare with those of another picture."""


class Embedder:
    """Embeds with one model, in a worker process, or two: pictures of which nobody waits for the
    vector may be left to one of idle priority (`machine/priority.py`)."""

    def __init__(
        self,
        model: Model,
        settings: WorkerSettings,
        tally: WorkerTally | None = None,
        uses_idle_priority: Callable[[], bool] = lambda: False,
    ) -> None:
        """`tally` counts what this embedder's workers do, and those of others that share it;
        `uses_idle_priority` says whether what is not urgent is done at idle priority."""
        self.model = model
        self._settings = settings
        self.tally = tally or WorkerTally()
        self._uses_idle_priority = uses_idle_priority
        self._foreground, self._background = (
            KeptWorker(model, settings, self.tally, is_idle) for is_idle in (False, True)
        )

    @property
    def has_worker(self) -> bool:
        """Whether a worker process runs now."""
        return self._foreground.is_alive or self._background.is_alive

    @property
    def sandbox(self) -> list[str]:
        """The locks of a worker's sandbox; none before the first has started."""
        return self._foreground.sandbox or self._background.sandbox

    @property
    def cpu_seconds(self) -> float:
        """Processor time of the worker of normal priority; 0 if there is none."""
        return self._foreground.cpu_seconds

    async def embed(self, picture: int, urgent: bool = False) -> Embedding:
        """The vector and the metadata of the picture behind a descriptor.

        Raises BadPictureError (a reason without a subject: "the file is empty"), or WorkerError
        where the worker itself cannot work.
        """
        self.tally.decoded += 1
        payload = await self._ask_in_time(Task.EMBED, picture, urgent)
        form = self.model.form
        vector, packed = payload[: form.size], payload[form.size :]
        if not form.is_vector(vector):
            raise BadPictureError("the worker gave no usable vector for it", FaultKind.NO_VECTOR)
        return Embedding(form.from_bytes(vector), *self._described(packed))

    def _described(self, packed: bytes) -> tuple[PictureMetadata, float]:
        try:
            seconds, metadata = unpack_metadata(packed)
        except struct.error:
            seconds, metadata = 0.0, b""
        longest = self._settings.deadline_seconds
        return _unpacked(metadata), seconds if 0 <= seconds <= longest else longest

    async def metadata(self, picture: int) -> PictureMetadata:
        """What the headers of the picture say, which is not decoded. Raises as `embed` does."""
        return _unpacked(await self._ask_in_time(Task.METADATA, picture))

    async def thumbnail(self, picture: int, pixels: int, urgent: bool = True) -> bytes:
        """A JPEG whose long side has at most so many pixels. Raises as `embed` does."""
        return await self._ask_in_time(Task.THUMBNAIL, picture, urgent, pixels)

    async def features(self, picture: int, urgent: bool = False) -> bytes:
        """What the picture is compared by, see `compare`. Raises as `embed` does."""
        return await self._foreground.ask(Task.FEATURES, picture, urgent)

    async def views(self, picture: int) -> Views:
        """All that is needed to ask for the very picture, from decoding it once. Raises as `embed`
        does."""
        self.tally.decoded += 1
        form = self.model.form
        payload = await self._foreground.ask(Task.VIEWS, picture, urgent=True)
        try:
            packed, features = unpack_views(payload, form.size)
        except (ValueError, struct.error):
            packed, features = [(b"", 0.0)], b""
        if not all(self._is_view(vector, penalty) for vector, penalty in packed):
            raise BadPictureError("the worker gave no usable vector for it", FaultKind.NO_VECTOR)
        first, *others = (View(form.from_bytes(vector), penalty) for vector, penalty in packed)
        return Views(first.vector, others, features)

    async def altered_copies(self, picture: int) -> Sequence[Vector]:
        """The vectors of copies of the picture, one for each of `protocol.ALTERATIONS`, in their
        order. Raises as `embed` does."""
        payload = await self._foreground.ask(Task.COPIES, picture, urgent=False)
        form, size = self.model.form, self.model.form.size
        found = [payload[start : start + size] for start in range(0, len(payload), size)]
        if len(found) != len(ALTERATIONS) or not all(map(form.is_vector, found)):
            raise BadPictureError("the worker gave no usable vector for it", FaultKind.NO_VECTOR)
        return list(map(form.from_bytes, found))

    def _is_view(self, vector: bytes, penalty: float) -> bool:
        return self.model.form.is_vector(vector) and 0 <= penalty <= MOST_PENALTY

    async def compare(
        self, asked: bytes, stored: Sequence[bytes], urgent: bool = False
    ) -> list[Verification | None]:
        """What the features of one picture, and those of each of the others, say of the two; None
        where they cannot be used, or crash the worker. Raises WorkerError.

        Several threads of the worker take part.
        """
        pieces = [stored[n : n + COMPARED_AT_ONCE] for n in range(0, len(stored), COMPARED_AT_ONCE)]
        found = await asyncio.gather(*(self._compare(asked, piece, urgent) for piece in pieces))
        return list(chain.from_iterable(found))

    async def _compare(
        self, asked: bytes, stored: Sequence[bytes], urgent: bool
    ) -> list[Verification | None]:
        with _in_memory(pack_features(asked, stored)) as descriptor:
            try:
                payload = await self._foreground.ask(Task.COMPARE, descriptor, urgent)
                answers = list(map(_verification, payload.split(b"\n")))
            except BadPictureError:
                answers = []
        return answers if len(answers) == len(stored) else [None] * len(stored)

    async def retire(self) -> None:
        """Ends the workers once they have answered all that was asked, or after a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.deadline_seconds):
                await asyncio.gather(self._foreground.at_rest(), self._background.at_rest())
        await self.close()

    async def close(self) -> None:
        """Ends the workers."""
        await asyncio.gather(self._foreground.close(), self._background.close())

    def expedite(self) -> None:
        """Has what was begun at idle priority done by the worker of normal priority."""
        self._background.give_up()

    async def _ask_in_time(
        self, task: Task, picture: int, urgent: bool = False, pixels: int = 0
    ) -> bytes:
        """The answer of the worker of idle priority, if it may be used."""
        if self._uses_idle_priority() and not urgent:
            with contextlib.suppress(GivenUpError):
                return await self._background.ask(task, picture, urgent, pixels)
        return await self._foreground.ask(task, picture, urgent, pixels)


@contextlib.contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """A descriptor through which the worker can read this: it may be too long for a message."""
    with open(os.memfd_create("features", os.MFD_CLOEXEC), "wb", buffering=0) as file:
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) :]
        yield file.fileno()


def _verification(packed: bytes) -> Verification | None:
    try:
        return Verification.unpack(packed) if packed else None
    except ValueError:
        return None


def _unpacked(packed: bytes) -> PictureMetadata:
    try:
        return PictureMetadata.unpack(packed)
    except ValueError as error:
        raise BadPictureError(
            "the worker gave no usable metadata for it", FaultKind.NO_VECTOR
        ) from error
