"""A process in which a network is tried that may come from anywhere: it can do no harm there, may
not take long and not use much memory. What it does is in `embedding/proving.py`."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, TypeAlias

from imgsimd.machine import process_clock
from imgsimd.words import of_bytes, of_signal

SECONDS = {"start": 60.0, "open": 60.0, "compute": 10.0}
"""How long each step may take. The largest networks that are worth it embed a picture in one."""
MEMORY, MEMORY_FACTOR = 2**30, 4
"""Bytes that a network may use, and so many more for each byte of its file: a library has its
numbers up to three times, as they were read, as they are used, and in the fastest order."""
LONGEST = 2**20
"""Bytes of all that the process says."""
WAITING_FACTOR = 20
"""A step may take so many times as long where other programs use all processors."""
TICK_SECONDS = 0.1
"""Seconds between two looks at how long a step takes."""
_DOING = {"start": "to begin", "open": "to be read", "compute": "for one picture"}
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # others would start before the sandbox is entered
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}

Told: TypeAlias = dict[str, Any]
"""JSON."""


class RefusedError(Exception):
    """Why the network cannot be used: a clause about "it"."""


def run(task: str, *arguments: str, bytes_of_file: int) -> Told:
    """What the process has found out. Raises RefusedError."""
    memory = MEMORY + MEMORY_FACTOR * bytes_of_file
    command = (sys.executable, "-P", "-m", "imgsimd.embedding.proving")
    process = subprocess.Popen(
        [*command, str(os.getpid()), str(memory), task, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libraries greet; and no byte may be written to a file
        env=os.environ | _ENVIRONMENT,
    )
    try:
        return _outcome(process, memory)
    finally:
        process.kill()
        process.communicate()


def _outcome(process: subprocess.Popen[bytes], memory: int) -> Told:
    for told in _messages(process):
        match told:
            case {"found": dict(found)}:
                return found
            case {"wrong": str(reason)}:
                raise RefusedError(reason)
            case {"memory": _}:
                raise RefusedError(f"it needs more than {of_bytes(memory)} of memory")
    code = process.wait()
    how = of_signal(-code) if code < 0 else f"exit code {code}"
    raise RefusedError(
        f"it crashes what reads it ({how}): it is damaged, or needs more than {of_bytes(memory)} "
        "of memory"
    )


def _messages(process: subprocess.Popen[bytes]) -> Iterator[Told]:
    """All that it says until it ends. Raises RefusedError if a step takes too long."""
    clock = _Clock(process.pid)
    for line in _lines(process, clock):
        told = _parsed(line)
        if "step" in told:
            clock.begin(told["step"])
        yield told


def _lines(process: subprocess.Popen[bytes], clock: _Clock) -> Iterator[bytes]:
    """Each line that it prints."""
    assert process.stdout
    said, total = b"", 0
    while total <= LONGEST:
        clock.check()
        if not select.select([process.stdout], [], [], TICK_SECONDS)[0]:
            continue
        chunk = os.read(process.stdout.fileno(), LONGEST)
        if not chunk:
            return
        total += len(chunk)
        *lines, said = (said + chunk).split(b"\n")
        yield from lines


class _Clock:
    """How long a step of the process has taken: the time in which it had a processor, so that no
    other program is to blame; and a part of all time, in case it waits for ever."""

    def __init__(self, process: int) -> None:
        self._process = process
        self.begin("start")

    def begin(self, step: str) -> None:
        self._step = step
        self._worked, self._passed = self._now()

    def check(self) -> None:
        """Raises RefusedError if it has taken too long."""
        worked, passed = self._now()
        most = SECONDS[self._step]
        if max(worked - self._worked, (passed - self._passed) / WAITING_FACTOR) > most:
            raise RefusedError(f"it takes longer than {most:g} seconds {_DOING[self._step]}")

    def _now(self) -> tuple[float, float]:
        return process_clock.seconds_of(self._process), time.monotonic()


def _parsed(line: bytes) -> Told:
    """Raises RefusedError for what no process of ours would say."""
    try:
        told = json.loads(line)
        if isinstance(told, dict) and told.get("step", "open") in SECONDS:
            return told
    except (ValueError, TypeError):
        pass
    raise RefusedError("what it does is not what networks do")
