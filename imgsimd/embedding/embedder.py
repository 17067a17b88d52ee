"""The daemon's side of the embedding worker: starts it, sends it pictures, and replaces it.

If a worker dies while it decodes a picture, that picture is tried once more in a worker of its own.
If that worker dies, too, the picture is refused like any other unreadable one. Other pictures are
not affected.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from imgsimd.config import Worker as WorkerSettings
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.embedding.protocol import (
    Task,
    pack_features,
    unpack_metadata,
    unpack_views,
)
from imgsimd.embedding.worker_process import WorkerDiedError, WorkerProcess
from imgsimd.errors import BadPictureError, FaultKind, WorkerError
from imgsimd.models.model_files import Model
from imgsimd.vectors import NUMBER_BYTES, Vector, from_bytes, is_unit_vector
from imgsimd.verification import Verification

_NO_FAULT_OF_A_PICTURE = (
    "The embedding worker ended before it began with a picture: was it killed, or is memory short? "
    "Questions about pictures that are indexed already are still answered."
)

MOST_PENALTY = 2.0
"""The greatest distance of two vectors."""
COMPARED_AT_ONCE = 8
"""Pictures whose features are compared by one thread of the worker before it takes something else:
some hundredths of a second."""


@dataclass(slots=True)
class WorkerTally:
    """What workers did, since the daemon started."""

    decoded: int = 0
    """Pictures that one was asked to embed."""
    starts: int = 0
    """Tries to start one."""
    crashes: int = 0
    """Workers that did not start, ended by themselves, or were killed because a picture took too
    long."""


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
    """Embeds with one model; keeps a worker while there is work, and a while after."""

    def __init__(
        self, model: Model, settings: WorkerSettings, tally: WorkerTally | None = None
    ) -> None:
        """`tally` counts what this embedder's workers do, and those of others that share it."""
        self.model = model
        self._settings = settings
        self.tally = tally or WorkerTally()
        self._child: WorkerProcess | None = None
        self._starting = asyncio.Lock()
        self._trial = asyncio.Lock()
        self._busy = 0
        self._idle: asyncio.TimerHandle | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self.sandbox: list[str] = []
        """The locks of the last worker's sandbox; none before the first has started."""

    @property
    def has_worker(self) -> bool:
        """Whether a worker process runs now."""
        return self._child is not None and self._child.is_alive

    @property
    def cpu_seconds(self) -> float:
        """Time that the worker process has used of all processors; 0 if there is none."""
        return self._child.cpu_seconds if self._child else 0.0

    async def embed(self, picture: int, urgent: bool = False) -> Embedding:
        """The vector and the metadata of the picture behind a descriptor.

        Raises BadPictureError (a reason without a subject: "the file is empty"), or WorkerError
        where the worker itself cannot work.
        """
        self.tally.decoded += 1
        payload = await self._ask(Task.EMBED, picture, urgent)
        size = NUMBER_BYTES * self.model.dimension
        vector, packed = payload[:size], payload[size:]
        if not is_unit_vector(vector, self.model.dimension):
            raise BadPictureError("the worker gave no usable vector for it", FaultKind.NO_VECTOR)
        return Embedding(from_bytes(vector), *self._described(packed))

    def _described(self, packed: bytes) -> tuple[PictureMetadata, float]:
        try:
            seconds, metadata = unpack_metadata(packed)
        except struct.error:
            seconds, metadata = 0.0, b""
        longest = self._settings.deadline_seconds
        return _unpacked(metadata), seconds if 0 <= seconds <= longest else longest

    async def metadata(self, picture: int) -> PictureMetadata:
        """What the headers of the picture say, which is not decoded. Raises as `embed` does."""
        return _unpacked(await self._ask(Task.METADATA, picture, urgent=False))

    async def thumbnail(self, picture: int, pixels: int) -> bytes:
        """A JPEG whose long side has at most so many pixels. Raises as `embed` does."""
        return await self._ask(Task.THUMBNAIL, picture, urgent=True, pixels=pixels)

    async def features(self, picture: int, urgent: bool = False) -> bytes:
        """What the picture is compared by, see `compare`. Raises as `embed` does."""
        return await self._ask(Task.FEATURES, picture, urgent)

    async def views(self, picture: int) -> Views:
        """All that is needed to ask for the very picture, from decoding it once. Raises as `embed`
        does."""
        self.tally.decoded += 1
        payload = await self._ask(Task.VIEWS, picture, urgent=True)
        try:
            packed, features = unpack_views(payload, NUMBER_BYTES * self.model.dimension)
        except (ValueError, struct.error):
            packed, features = [(b"", 0.0)], b""
        if not all(self._is_view(vector, penalty) for vector, penalty in packed):
            raise BadPictureError("the worker gave no usable vector for it", FaultKind.NO_VECTOR)
        first, *others = (View(from_bytes(vector), penalty) for vector, penalty in packed)
        return Views(first.vector, others, features)

    def _is_view(self, vector: bytes, penalty: float) -> bool:
        return is_unit_vector(vector, self.model.dimension) and 0 <= penalty <= MOST_PENALTY

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
                payload = await self._ask(Task.COMPARE, descriptor, urgent)
                answers = list(map(_verification, payload.split(b"\n")))
            except BadPictureError:
                answers = []
        return answers if len(answers) == len(stored) else [None] * len(stored)

    async def close(self) -> None:
        """Ends the worker."""
        if self._idle:
            self._idle.cancel()
        if self._child:
            await self._child.stop()
        await asyncio.gather(*self._stopping)

    async def _ask(self, task: Task, picture: int, urgent: bool, pixels: int = 0) -> bytes:
        with self._work():
            while True:
                child = await self._running()
                try:
                    return await child.ask(task, picture, urgent, pixels)
                except WorkerDiedError as death:
                    if death.guilty:
                        return await self._alone(task, picture, pixels)
                    if death.in_vain:
                        raise WorkerError(_NO_FAULT_OF_A_PICTURE) from death

    async def _alone(self, task: Task, picture: int, pixels: int) -> bytes:
        """Tries again in a worker of its own, to find out whether this picture is to blame."""
        single = self._settings.model_copy(update={"threads": 1})
        async with self._trial:  # one at a time: each may use much memory
            child = await self._started(single)
            try:
                return await child.ask(task, picture, True, pixels)
            except WorkerDiedError as death:
                self.tally.crashes += 1
                if death.guilty:
                    raise death.fault from death
                raise WorkerError(_NO_FAULT_OF_A_PICTURE) from death
            finally:
                await child.stop()

    async def _running(self) -> WorkerProcess:
        async with self._starting:
            if self._child is None or not self._child.is_alive:
                if self._child is not None:
                    self.tally.crashes += 1
                    await self._child.stop()
                    self._child = None
                self._child = await self._started(self._settings)
                self.sandbox = self._child.ready.result()
            return self._child

    async def _started(self, settings: WorkerSettings) -> WorkerProcess:
        self.tally.starts += 1
        try:
            return await WorkerProcess.start(self.model, settings)
        except WorkerError:
            self.tally.crashes += 1
            raise

    @contextlib.contextmanager
    def _work(self) -> Iterator[None]:
        """Keeps the worker while it is needed, and for some time after."""
        if self._idle:
            self._idle.cancel()
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0:
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self._settings.keep_alive_seconds, self._rest)

    def _rest(self) -> None:
        if self._busy == 0 and self._child is not None:
            child, self._child = self._child, None
            task = asyncio.create_task(child.stop())
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)


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
