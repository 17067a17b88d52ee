"""One worker process, as the daemon handles it: its start, its orders, its deadlines, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import struct
import sys
from collections import defaultdict
from dataclasses import fields
from itertools import count

from imgsimd import installation
from imgsimd.config import Worker as WorkerSettings
from imgsimd.embedding import worker_output
from imgsimd.embedding.protocol import (
    LONGEST,
    LONGEST_ANSWER,
    Answer,
    Kind,
    Order,
    Setup,
    Task,
    unpack_fault,
)
from imgsimd.errors import (
    BadPictureError,
    FaultKind,
    ModelError,
    UpdatingError,
    WorkerError,
)
from imgsimd.machine import process_clock
from imgsimd.models.model_files import Model
from imgsimd.models.recipe import Recipe
from imgsimd.words import printable

START_SECONDS = 60.0
"""For imports and the network's first touch; 0.3 s where nothing is wrong."""
EXIT_SECONDS = 1.0
"""Seconds in which a process that has hung up is gone; it is not killed before."""
LULL_SECONDS = 0.02
"""Seconds between two looks at what the worker says while nobody waits for it: to wake up for each
answer would be a quarter of the event loop's work (measured)."""
HEARD_AT_ONCE = 64
"""Messages; a worker that never stops talking must not keep others from being served."""
TICK_SECONDS = 0.1
"""Seconds between two looks at how long pictures take."""
IDLE_PRIORITY_FACTOR = 20
"""A picture may take so many times the deadline where a worker of idle priority gets no processor,
and so may its start. By then a decoder that waits for ever is found, too."""
BYTES_A_PIXEL = 8
"""RGB with transparency as it is decoded, the same without, and transparency by itself."""
BYTES_A_THREAD = 128 * 2**20
"""For pictures of up to 16 megapixels, and what the network works with. Larger ones share the rest,
and take turns where that does not do."""

LONGEST_REASON = 1000
"""Characters of what a worker says about its model."""
_CANNOT_START = (
    "The embedding worker cannot start{}. Questions about pictures that are indexed already are "
    "still answered."
)
_SLOW = " in time"
_PRINTED = "; what it printed is in the daemon's log"


class WorkerDiedError(Exception):
    """The worker ended before it answered; `guilty` if it was working on this very picture,
    `in_vain` if it had not even begun with any."""

    def __init__(self, fault: BadPictureError, guilty: bool, in_vain: bool) -> None:
        """`fault` is what a picture is refused with that is to blame."""
        super().__init__(str(fault))
        self.fault = fault
        self.guilty = guilty
        self.in_vain = in_vain


class WorkerProcess:
    """One worker process and the orders it has not answered yet. Runs on the event loop."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        channel: socket.socket,
        deadline: float,
        has_idle_priority: bool = False,
    ) -> None:
        self._process = process
        self._channel = channel
        self._deadline = deadline
        self._has_idle_priority = has_idle_priority
        self._used = 0.0
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._parts: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._urgent: set[int] = set()
        self._left: dict[int, float] = {}
        self._clock: asyncio.TimerHandle | None = None
        self._lull: asyncio.TimerHandle | None = None
        self._has_begun = False
        self._fault = BadPictureError("it crashes the decoder", FaultKind.CRASH)
        self.is_given_up = False
        """Whether nobody wants its answers any more."""
        self.ready: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        """The locks of the worker's sandbox, once it works; ModelError, a clause about "it", if it
        cannot work with its model."""
        self._printing = asyncio.create_task(worker_output.log_all(process.stdout))
        self._listen()

    @classmethod
    async def start(
        cls, model: Model, settings: WorkerSettings, has_idle_priority: bool = False
    ) -> WorkerProcess:
        """A worker that is ready; for `has_idle_priority` see `machine/priority.py`.

        Raises WorkerError where none can be had, UpdatingError while its program is being replaced.
        """
        _ensure_its_program()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "imgsimd.embedding.worker"),
                *(str(theirs.fileno()), _setup(model, settings, has_idle_priority).pack()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=worker_output.LONGEST_LINE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in a terminal is for the daemon
                env=os.environ | _environment(settings),
            )
        child = cls(process, ours, settings.deadline_seconds, has_idle_priority)
        try:
            factor = IDLE_PRIORITY_FACTOR if has_idle_priority else 1
            async with asyncio.timeout(START_SECONDS * factor):
                await child.ready
            _ensure_its_program()  # a library may have gone before it was loaded
        except UpdatingError:
            await child.stop()
            raise
        except (TimeoutError, WorkerDiedError) as error:
            await child.stop()
            _ensure_its_program()
            why = _SLOW if isinstance(error, TimeoutError) else _PRINTED
            raise WorkerError(_CANNOT_START.format(why)) from error
        except ModelError as error:
            await child.stop()
            why = f" with the model {model.name}: {error}"
            raise WorkerError(_CANNOT_START.format(why)) from error
        except asyncio.CancelledError:
            await child.stop()
            raise
        return child

    @property
    def is_alive(self) -> bool:
        return self._channel.fileno() != -1

    @property
    def cpu_seconds(self) -> float:
        """Time that it has used of all processors; 0 if it has ended."""
        return process_clock.seconds_of(self._process.pid)

    async def ask(self, task: Task, picture: int, urgent: bool, pixels: int = 0) -> bytes:
        """The worker's answer about the picture behind this file descriptor.

        Raises BadPictureError, or WorkerDiedError.
        """
        number = next(self._numbers)
        await self._send(Order(number, task, urgent, pixels), picture)
        # Only now: whoever is cancelled before leaves no answer behind that nobody takes.
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        if urgent:
            self._urgent.add(number)
            self._listen()
        return await answer

    async def stop(self) -> None:
        """Ends the process now; what it was working on is lost."""
        if self.is_alive:
            self._kill()
        try:
            async with asyncio.timeout(EXIT_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._send_kill()
            await self._process.wait()
        await self._printing

    async def _send(self, order: Order, picture: int) -> None:
        """Returns as soon as the order is sent. Raises WorkerDiedError where it cannot be."""
        while True:
            try:
                socket.send_fds(self._channel, [order.pack()], [picture])
                return
            except BlockingIOError:  # the worker has hundreds of orders ahead of it
                await asyncio.sleep(0.01)
            except (BrokenPipeError, ConnectionResetError):
                return  # `_read` finds the end, after the worker's last words, and answers
            except OSError as error:
                self._hang_up()
                raise self._death(order.job) from error

    def _listen(self) -> None:
        """Reads each message of the worker at once."""
        if self._lull is not None:
            self._lull.cancel()
        asyncio.get_running_loop().add_reader(self._channel.fileno(), self._read)

    def _read(self) -> None:
        """Reads all messages; the next ones may wait a little unless a question waits for them."""
        try:
            for _ in range(HEARD_AT_ONCE):
                message = self._channel.recv(LONGEST)
                if not message:
                    self._hang_up()
                    break
                self._take(Answer.unpack(message))
        except BlockingIOError:
            if self._waiting and not self._urgent:
                loop = asyncio.get_running_loop()
                loop.remove_reader(self._channel.fileno())
                self._lull = loop.call_later(LULL_SECONDS, self._listen)
        except ConnectionResetError:
            pass  # a death is told before the last words: these come with the next call
        except (OSError, ValueError, struct.error):
            self._kill()

    def _take(self, answer: Answer) -> None:
        if answer.kind is Kind.READY:
            if not self.ready.done():
                self.ready.set_result(answer.payload.decode().split())
        elif answer.kind is Kind.UNFIT:
            if not self.ready.done():
                why = answer.payload.decode(errors="replace")[:LONGEST_REASON]
                self.ready.set_exception(ModelError(printable(why)))
        elif answer.job not in self._waiting:
            raise ValueError(f"nobody asked for {answer.job}")
        elif answer.kind is Kind.STARTED:
            self._has_begun = True
            self._left[answer.job] = self._deadline
            self._clock = self._clock or asyncio.get_running_loop().call_later(
                TICK_SECONDS, self._tick
            )
        elif answer.kind is Kind.PART:
            self._add(answer)
        else:
            self._add(answer)
            self._left.pop(answer.job, None)
            self._settle(answer.kind, answer.job, bytes(self._parts.pop(answer.job)))

    def _add(self, answer: Answer) -> None:
        """Keeps a part of an answer. Raises ValueError if it is longer than any of ours."""
        self._parts[answer.job] += answer.payload
        if len(self._parts[answer.job]) > LONGEST_ANSWER:
            raise ValueError(f"the answer to {answer.job} has no end")

    def _settle(self, kind: Kind, job: int, payload: bytes) -> None:
        fault = unpack_fault(payload) if kind is Kind.UNREADABLE else None
        waiting = self._waiting.pop(job)
        self._urgent.discard(job)
        if waiting.done():  # who asked has been cancelled
            return
        if fault is None:
            waiting.set_result(payload)
        else:
            waiting.set_exception(fault)

    def _tick(self) -> None:
        """Counts time only while the daemon itself runs: after a pause of the whole machine, or of
        all its processes, no picture is late."""
        passed = self._passed()
        self._left = {job: left - passed for job, left in self._left.items()}
        if any(left <= 0 for left in self._left.values()):
            self._fault = BadPictureError(
                f"it takes longer than {self._deadline:g} seconds to decode and embed; "
                "`deadline_seconds` under [worker] in the configuration allows no more",
                FaultKind.TOO_SLOW,
            )
            self._left = {job: left for job, left in self._left.items() if left <= 0}
            self._kill()
        elif self._left:
            self._clock = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)
        else:
            self._clock = None

    def _passed(self) -> float:
        """Seconds since the last tick; at idle priority, those in which the worker could work."""
        before, self._used = self._used, self.cpu_seconds
        if not self._has_idle_priority:
            return TICK_SECONDS
        return min(max(self._used - before, TICK_SECONDS / IDLE_PRIORITY_FACTOR), TICK_SECONDS)

    def _kill(self) -> None:
        self._hang_up()
        self._send_kill()

    def _send_kill(self) -> None:
        """Not by asyncio's `kill`, which takes the exit code of a process that has just ended:
        asyncio's thread that waits for it would find nobody, and say so on standard error."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    def _hang_up(self) -> None:
        """Closes the channel; every order that is not answered yet fails. Idempotent."""
        if not self.is_alive:
            return
        asyncio.get_running_loop().remove_reader(self._channel.fileno())
        self._channel.close()
        for timer in filter(None, (self._clock, self._lull)):
            timer.cancel()
        for job, waiting in self._waiting.items():
            if not waiting.done():
                waiting.set_exception(self._death(job))
        if not self.ready.done():
            self.ready.set_exception(self._death(0))

    def _death(self, job: int) -> WorkerDiedError:
        return WorkerDiedError(self._fault, job in self._left, not self._has_begun)


def _ensure_its_program() -> None:
    """Raises UpdatingError unless the worker's program is the one that belongs to this daemon."""
    if not installation.ours().is_untouched:
        raise UpdatingError


def _setup(model: Model, settings: WorkerSettings, has_idle_priority: bool = False) -> Setup:
    threads = settings.all_threads
    return Setup(
        parent=os.getpid(),
        file=str(model.file),
        sha256=model.sha256,
        threads=threads,
        max_bytes=settings.max_bytes,
        max_pixels=settings.max_pixels,
        memory=settings.max_bytes + BYTES_A_PIXEL * settings.max_pixels + BYTES_A_THREAD * threads,
        has_idle_priority=has_idle_priority,
        **{each.name: getattr(model, each.name) for each in fields(Recipe)},
    )


def _environment(settings: WorkerSettings) -> dict[str, str]:
    """OpenCV reads its limit when it is imported. The log wants no greetings, and not to hear of
    every broken picture: `imgsimctl failed` lists them."""
    return {
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(settings.max_pixels),
        "OPENCV_LOG_LEVEL": "FATAL",
        # Else the C library may ask the kernel anew for the memory of each picture: indexing is a
        # seventh slower then. 32 MiB, the most that it allows, are enough for 11 megapixels.
        "MALLOC_MMAP_THRESHOLD_": str(2**25),
        "MALLOC_TRIM_THRESHOLD_": str(2**27),
        "OPENBLAS_NUM_THREADS": "1",  # its others would start before the sandbox is entered
        "OMP_NUM_THREADS": "1",  # LibRaw's: a worker decodes as many pictures as it has cores
        "TF_CPP_MIN_LOG_LEVEL": "1",
    }
