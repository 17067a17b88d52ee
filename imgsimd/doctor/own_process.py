"""Work in processes of their own, which may hang, crash, or be killed, while we go on.

The processes are forked, so that they start in a millisecond, and what they import stays theirs:
the caller must have one thread only.
"""

from __future__ import annotations

import io
import os
import pickle
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple, NoReturn

from imgsimd.words import of_signal, reason

PIECE = 2**16
"""Bytes that are read at once."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done, and how long it may take."""

    do: Callable[[], Iterable[object]]
    """Its values must be of a kind that pickle can pass on."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a process ended early."""

    what: str
    """A clause: what happened to the process or the work."""
    is_late: bool = False
    """Whether it was still at work at the end of its time."""
    module: str = ""
    """The module that could not be imported, if that is why."""
    file: str = ""
    """The source file in which the error was raised."""


class Outcome(NamedTuple):
    """What a process has yielded, and why no more."""

    values: Sequence[object]
    fault: Fault | None


@dataclass(slots=True)
class _Process:
    pid: int
    pipe: int
    end: float
    received: bytearray
    is_late: bool = False


def run(works: Sequence[Work]) -> list[Outcome]:
    """Does all of them at the same time; returns when each has ended or used up its time."""
    processes = [_started(work) for work in works]
    with selectors.DefaultSelector() as selector:
        for process in processes:
            selector.register(process.pipe, selectors.EVENT_READ, process)
        while selector.get_map():
            waiting = [key.data for key in selector.get_map().values()]
            patience = min(process.end for process in waiting) - time.monotonic()
            for key, _ in selector.select(max(0.0, patience)):
                if not _receive(key.data):
                    selector.unregister(key.data.pipe)
            for late in (each for each in waiting if each.end <= time.monotonic()):
                if late.pipe in selector.get_map():
                    late.is_late = True
                    selector.unregister(late.pipe)
    return [_outcome(process) for process in processes]


def one(work: Work) -> Outcome:
    """Does one thing alone."""
    return run([work])[0]


def _started(work: Work) -> _Process:
    ours, theirs = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _become(work, theirs)
    os.close(theirs)
    return _Process(pid, ours, time.monotonic() + work.seconds, bytearray())


def _become(work: Work, pipe: int) -> NoReturn:
    """Does the work, as the new process. What libraries print is for nobody."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(ceil(work.seconds) + 1)  # should the process that waits for it have ended
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream_number in range(3):
            os.dup2(nothing, stream_number)
        _close_all_but(pipe)
        with os.fdopen(1, "w") as sys.stdout, os.fdopen(pipe, "wb") as stream:
            sys.stderr = sys.stdout
            for value in _values(work):
                pickle.dump(value, stream)
                stream.flush()
    finally:
        os._exit(0)


def _values(work: Work) -> Iterator[object]:
    try:
        yield from work.do()
    except ImportError as error:
        what = f"a library cannot be imported: {_clause(error)}"
        yield Fault(what, module=error.name or "", file=_source(error))
    except Exception as error:
        yield Fault(f"{type(error).__name__}: {_clause(error)}", file=_source(error))
    except SystemExit:  # of a library
        yield Fault("a library ended the process")


def _source(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename if trace else ""


def _clause(error: Exception) -> str:
    """Why it failed, without a full stop."""
    return reason(error).rstrip(".")


def _close_all_but(pipe: int) -> None:
    """Closes the pipes of processes above: as long as one is open, its reader waits for more."""
    os.closerange(3, pipe)
    os.closerange(pipe + 1, os.sysconf("SC_OPEN_MAX"))


def _receive(process: _Process) -> bool:
    """Reads what is there; returns whether more may come."""
    piece = os.read(process.pipe, PIECE)
    process.received += piece
    return bool(piece)


def _outcome(process: _Process) -> Outcome:
    os.close(process.pipe)
    values = _unpickled(process.received)
    if process.is_late:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        return Outcome(values, Fault("it took too long", is_late=True))
    _, status = os.waitpid(process.pid, 0)
    if os.WIFSIGNALED(status):
        return Outcome(values, Fault(f"the process was ended by {of_signal(os.WTERMSIG(status))}"))
    if values and isinstance(values[-1], Fault):
        return Outcome(values[:-1], values[-1])
    return Outcome(values, None)


def _unpickled(received: bytearray) -> list[object]:
    stream, values = io.BytesIO(received), list[object]()
    with suppress(EOFError, pickle.UnpicklingError):  # the last may be cut off
        while True:
            values.append(pickle.load(stream))  # noqa: S301  # our own process wrote it
    return values
