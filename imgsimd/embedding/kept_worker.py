"""A worker that is started when there is work, kept for a while after, and replaced when it dies.

If a worker dies while it decodes a picture, that picture is tried once more in a worker of its own.
If that worker dies, too, the picture is refused like any other unreadable one. Other pictures are
not affected.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from imgsimd.config import Worker as WorkerSettings
from imgsimd.embedding.protocol import Task
from imgsimd.embedding.worker_process import WorkerDiedError, WorkerProcess
from imgsimd.errors import WorkerError
from imgsimd.models.model_files import Model

_NO_FAULT_OF_A_PICTURE = (
    "The embedding worker ended before it began with a picture: was it killed, or is memory short? "
    "Questions about pictures that are indexed already are still answered."
)


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


class GivenUpError(Exception):
    """The worker was ended before it answered, and no picture is to blame."""


class KeptWorker:
    """At most one worker process at a time, besides one that tries a picture again. Runs on the
    event loop."""

    def __init__(
        self, model: Model, settings: WorkerSettings, tally: WorkerTally, has_idle_priority: bool
    ) -> None:
        """For `has_idle_priority` see `machine/priority.py`."""
        self._model = model
        self._settings = settings
        self._tally = tally
        self._has_idle_priority = has_idle_priority
        self._child: WorkerProcess | None = None
        self._starting = asyncio.Lock()
        self._trial = asyncio.Lock()
        self._busy = 0
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._idle: asyncio.TimerHandle | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self._times_given_up = 0
        self.sandbox: list[str] = []
        """The locks of the last process's sandbox; none before the first has started."""

    @property
    def is_alive(self) -> bool:
        """Whether the process runs now."""
        return self._child is not None and self._child.is_alive

    @property
    def cpu_seconds(self) -> float:
        """Time that the process has used of all processors; 0 if there is none."""
        return self._child.cpu_seconds if self._child else 0.0

    def give_up(self) -> None:
        """Ends the process: whoever waits for an answer of it must ask another worker."""
        self._times_given_up += 1
        if self._child is not None:
            self._child.is_given_up = True
            self._end(self._child)

    async def ask(self, task: Task, picture: int, urgent: bool, pixels: int = 0) -> bytes:
        """The answer about the picture behind this descriptor. Raises BadPictureError, WorkerError
        where the worker itself cannot work, or GivenUpError."""
        with self._work():
            turn = self._times_given_up
            while True:
                child = await self._running(turn)
                try:
                    return await child.ask(task, picture, urgent, pixels)
                except WorkerDiedError as death:
                    if child.is_given_up:
                        raise GivenUpError from death
                    if death.guilty:
                        return await self._alone(task, picture, pixels)
                    if death.in_vain:
                        raise WorkerError(_NO_FAULT_OF_A_PICTURE) from death

    async def at_rest(self) -> None:
        """Waits until nobody waits for an answer."""
        await self._at_rest.wait()

    async def close(self) -> None:
        """Ends the process."""
        if self._idle:
            self._idle.cancel()
        if self._child:
            await self._child.stop()
        await asyncio.gather(*self._stopping)

    async def _alone(self, task: Task, picture: int, pixels: int) -> bytes:
        """Tries again in a worker of its own, to find out whether this picture is to blame."""
        single = self._settings.model_copy(update={"threads": 1})
        async with self._trial:  # one at a time: each may use much memory
            child = await self._started(single)
            try:
                return await child.ask(task, picture, True, pixels)
            except WorkerDiedError as death:
                self._tally.crashes += 1
                if death.guilty:
                    raise death.fault from death
                raise WorkerError(_NO_FAULT_OF_A_PICTURE) from death
            finally:
                await child.stop()

    async def _running(self, turn: int) -> WorkerProcess:
        """Raises GivenUpError if the process was given up since this turn."""
        async with self._starting:
            if turn != self._times_given_up:
                raise GivenUpError
            if self._child is None or not self._child.is_alive:
                if self._child is not None:
                    self._tally.crashes += 1
                    await self._child.stop()
                    self._child = None
                self._child = await self._started(self._settings)
                self.sandbox = self._child.ready.result()
                if turn != self._times_given_up:
                    self.give_up()
                    raise GivenUpError
            return self._child

    async def _started(self, settings: WorkerSettings) -> WorkerProcess:
        self._tally.starts += 1
        try:
            return await WorkerProcess.start(self._model, settings, self._has_idle_priority)
        except WorkerError:
            self._tally.crashes += 1
            raise

    @contextlib.contextmanager
    def _work(self) -> Iterator[None]:
        """Keeps the process while it is needed, and for some time after."""
        if self._idle:
            self._idle.cancel()
        self._busy += 1
        self._at_rest.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0:
                self._at_rest.set()
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self._settings.keep_alive_seconds, self._rest)

    def _rest(self) -> None:
        if self._busy == 0 and self._child is not None:
            self._end(self._child)

    def _end(self, child: WorkerProcess) -> None:
        self._child = None
        task = asyncio.create_task(child.stop())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
