"""The daemon's side of the embedding worker: starts it, feeds it, survives it.

A picture that a worker dies of is tried once more, alone; if that worker dies too, the picture is
to blame and is refused like any other unreadable one. All other pictures never notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from itertools import count
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.config import Worker as WorkerSettings
from imgsimd.embedding.models import Model
from imgsimd.embedding.protocol import LONGEST, Answer, Kind, Order, Task
from imgsimd.errors import BadPictureError, WorkerError

Vector: TypeAlias = NDArray[np.float32]

START_SECONDS = 60.0
"""For imports and the network's first touch; 0.2 s where nothing is wrong."""
_UNIT = 1e-3
"""How far from 1 the squared length of a vector may be that the worker calls unit length."""


class WorkerDiedError(Exception):
    """The worker ended before it answered; `guilty` if it was working on this very picture."""

    def __init__(self, reason: str, guilty: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.guilty = guilty


class Child:
    """One worker process and the orders it has not answered yet. Lives on the event loop."""

    def __init__(self, process: asyncio.subprocess.Process, channel: socket.socket) -> None:
        self._process = process
        self._channel = channel
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._started: dict[int, asyncio.TimerHandle] = {}
        self._deadline = 0.0
        self._reason = "the worker ended"
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(channel.fileno(), self._read)

    @classmethod
    async def start(cls, model: Model, settings: WorkerSettings) -> Child:
        """A worker that is ready. Raises WorkerError where none can be had."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "imgsimd.embedding.worker", str(theirs.fileno())),
                *(str(model.file), model.sha256, str(model.size), model.resize),
                str(settings.threads or len(os.sched_getaffinity(0))),
                str(settings.max_bytes),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in a terminal is for the daemon
                env=os.environ | _environment(settings),
            )
        child = cls(process, ours)
        child._deadline = settings.deadline
        try:
            async with asyncio.timeout(START_SECONDS):
                await child.ready
        except (TimeoutError, WorkerDiedError) as error:
            await child.stop()
            raise WorkerError(
                "The embedding worker cannot start; what it printed is in the daemon's log. "
                "Questions about pictures that are indexed already are still answered."
            ) from error
        return child

    @property
    def is_alive(self) -> bool:
        return self._channel.fileno() != -1

    async def ask(self, task: Task, picture: int, urgent: bool, pixels: int = 0) -> bytes:
        """The worker's answer about the picture behind this file descriptor.

        Raises BadPictureError, or WorkerDiedError.
        """
        number = next(self._numbers)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._send(Order(number, task, urgent, pixels), picture)
            return await answer
        finally:
            self._waiting.pop(number, None)

    async def stop(self) -> None:
        """Ends the process now; what it was working on is lost."""
        self._hang_up()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _send(self, order: Order, picture: int) -> None:
        while True:
            try:
                socket.send_fds(self._channel, [order.pack()], [picture])
                return
            except BlockingIOError:  # the worker has hundreds of orders ahead of it
                await asyncio.sleep(0.01)
            except OSError as error:
                raise WorkerDiedError(self._reason, guilty=False) from error

    def _read(self) -> None:
        try:
            message = self._channel.recv(LONGEST)
            if not message:
                self._hang_up()
            else:
                self._take(Answer.unpack(message))
        except BlockingIOError:
            pass
        except (OSError, ValueError, struct.error):
            self._hang_up()

    def _take(self, answer: Answer) -> None:
        if answer.kind is Kind.READY:
            if not self.ready.done():
                self.ready.set_result(None)
        elif answer.kind is Kind.STARTED:
            loop = asyncio.get_running_loop()
            self._started[answer.job] = loop.call_later(self._deadline, self._too_long)
        else:
            self._stop_clock(answer.job)
            self._settle(answer)

    def _settle(self, answer: Answer) -> None:
        waiting = self._waiting.pop(answer.job, None)
        if waiting is None or waiting.done():
            return
        if answer.kind is Kind.DONE:
            waiting.set_result(answer.payload)
        else:
            waiting.set_exception(BadPictureError(answer.payload.decode(errors="replace")))

    def _stop_clock(self, job: int) -> None:
        if timer := self._started.pop(job, None):
            timer.cancel()

    def _too_long(self) -> None:
        self._reason = f"it took longer than {self._deadline:g} seconds to decode and embed"
        self._process.kill()

    def _hang_up(self) -> None:
        if not self.is_alive:
            return
        asyncio.get_running_loop().remove_reader(self._channel.fileno())
        self._channel.close()
        for job, waiting in self._waiting.items():
            if not waiting.done():
                waiting.set_exception(WorkerDiedError(self._reason, guilty=job in self._started))
        if not self.ready.done():
            self.ready.set_exception(WorkerDiedError(self._reason, guilty=False))
        for job in list(self._started):
            self._stop_clock(job)


def _environment(settings: WorkerSettings) -> dict[str, str]:
    """OpenCV reads its limit when it is imported; the log wants warnings, not greetings."""
    return {
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(settings.max_pixels),
        "OPENCV_LOG_LEVEL": "ERROR",
        "TF_CPP_MIN_LOG_LEVEL": "1",
    }


@contextlib.contextmanager
def as_file(content: bytes) -> Iterator[int]:
    """A file descriptor behind which these bytes are, in memory only."""
    descriptor = os.memfd_create("picture", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield descriptor
    finally:
        os.close(descriptor)


class Embedder:
    """Embeds with one model; keeps a worker while there is work, and a while after."""

    def __init__(self, model: Model, settings: WorkerSettings) -> None:
        self.model = model
        self._settings = settings
        self._child: Child | None = None
        self._starting = asyncio.Lock()
        self._busy = 0
        self._idle: asyncio.TimerHandle | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self.decoded = 0
        """Pictures that a worker was asked to embed, since the daemon started."""

    @property
    def has_worker(self) -> bool:
        """Whether a worker process runs now."""
        return self._child is not None and self._child.is_alive

    async def embed(self, picture: int, urgent: bool = False) -> Vector:
        """The vector, float32 [dimension] of unit length, of the picture behind a descriptor.

        Raises BadPictureError (a reason without a subject: "the file is empty"), or WorkerError
        where the worker itself cannot work.
        """
        self.decoded += 1
        payload = await self._ask(Task.EMBED, picture, urgent)
        vector = np.frombuffer(payload, "<f4")
        if len(vector) != self.model.dimension or not abs(vector @ vector - 1) < _UNIT:
            raise BadPictureError("the worker gave no usable vector for it")
        return vector

    async def thumbnail(self, picture: int, pixels: int) -> bytes:
        """A JPEG whose long side has at most so many pixels. Raises as `embed` does."""
        return await self._ask(Task.THUMBNAIL, picture, urgent=True, pixels=pixels)

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

    async def _alone(self, task: Task, picture: int, pixels: int) -> bytes:
        """Another try in a worker of its own, which tells the guilty from the bystander."""
        child = await Child.start(self.model, self._settings.model_copy(update={"threads": 1}))
        try:
            return await child.ask(task, picture, True, pixels)
        except WorkerDiedError as death:
            raise BadPictureError(f"decoding it ended the worker: {death.reason}") from death
        finally:
            await child.stop()

    async def _running(self) -> Child:
        async with self._starting:
            if self._child is None or not self._child.is_alive:
                if self._child is not None:
                    await self._child.stop()
                self._child = await Child.start(self.model, self._settings)
            return self._child

    @contextlib.contextmanager
    def _work(self) -> Iterator[None]:
        """Keeps the worker while something is asked, and some time after."""
        if self._idle:
            self._idle.cancel()
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0:
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self._settings.keep_alive, self._rest)

    def _rest(self) -> None:
        if self._busy == 0 and self._child is not None:
            child, self._child = self._child, None
            task = asyncio.create_task(child.stop())
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)
