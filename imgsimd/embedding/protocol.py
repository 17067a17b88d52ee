"""The messages between the daemon and its worker.

They go over a SOCK_SEQPACKET pair: the kernel keeps them apart, a file descriptor travels with its
order, and each side notices when the other has ended.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Literal

from imgsimd.errors import BadPictureError

LONGEST = 128 * 1024
"""Bytes of one message; a vector of 4096 numbers has 16 KiB, a thumbnail some tens."""

_ORDER = struct.Struct("<QBBI")
_ANSWER = struct.Struct("<QB")
LONGEST_PAYLOAD = LONGEST - _ANSWER.size


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker is told at its start."""

    parent: int
    """The daemon's process id: a worker must not run without its daemon."""
    file: str
    """The model's."""
    sha256: str
    size: int
    resize: Literal["area", "linear"]
    dimension: int
    threads: int
    max_bytes: int
    max_pixels: int
    memory: int
    """Bytes that it may use for pictures, in addition to what it uses once it has started."""

    def pack(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def unpack(cls, text: str) -> Setup:
        return cls(**json.loads(text))


class Task(IntEnum):
    """What to do with a picture."""

    EMBED = 0
    """The answer is the vector, and behind it what METADATA answers."""
    THUMBNAIL = 1
    """The answer is a JPEG."""
    METADATA = 2
    """The answer is a packed `PictureMetadata`, read from the headers alone."""


class Kind(IntEnum):
    """What kind of answer it is."""

    READY = 0
    """It works, as a first picture showed; the payload names the locks of its sandbox."""
    STARTED = 1
    """The picture is being worked on now: if nothing follows, it is to blame."""
    DONE = 2
    UNREADABLE = 3
    """The payload is what `pack_fault` makes."""


@dataclass(frozen=True, slots=True)
class Order:
    """To the worker, with the picture's file descriptor. Urgent ones come first."""

    job: int
    task: Task
    urgent: bool
    pixels: int = 0
    """Longest side of a thumbnail."""

    def pack(self) -> bytes:
        return _ORDER.pack(self.job, self.task, self.urgent, self.pixels)

    @classmethod
    def unpack(cls, message: bytes) -> Order:
        job, task, urgent, pixels = _ORDER.unpack(message)
        return cls(job, Task(task), bool(urgent), pixels)


@dataclass(frozen=True, slots=True)
class Answer:
    """From the worker: what the task asks for, or the reason why there is none."""

    job: int
    kind: Kind
    payload: bytes = b""

    def pack(self) -> bytes:
        return _ANSWER.pack(self.job, self.kind) + self.payload

    @classmethod
    def unpack(cls, message: bytes) -> Answer:
        """Raises ValueError or struct.error for what no worker of ours would say."""
        job, kind = _ANSWER.unpack_from(message)
        return cls(job, Kind(kind), message[_ANSWER.size :])


def pack_fault(error: BadPictureError) -> bytes:
    """The payload of an answer that refuses a picture."""
    return json.dumps([str(error), error.kind]).encode()


def unpack_fault(payload: bytes) -> BadPictureError:
    """What `pack_fault` packed. Raises ValueError for what no worker of ours would say."""
    match json.loads(payload):
        case [str(reason), str(kind)]:
            return BadPictureError(reason, kind)
    raise ValueError("this is no reason to refuse a picture")
