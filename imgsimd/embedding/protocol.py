"""The messages between the daemon and its worker.

They go over a SOCK_SEQPACKET pair: the kernel keeps them apart, a file descriptor travels with its
order, and each side notices when the other has ended.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from imgsimd.errors import BadPictureError
from imgsimd.models.recipe import Recipe

LONGEST = 128 * 1024
"""Bytes of one message; a vector of 16,384 numbers, the most that a model may give, has 64 KiB, a
thumbnail some tens."""
LONGEST_ANSWER = 2**22
"""Bytes of one answer, which may be several messages. A thumbnail of 4096 pixels may have so many;
with ten vectors of 16,384 numbers it has 800 KiB."""

_ORDER = struct.Struct("<QBBI")
_ANSWER = struct.Struct("<QB")
_SIZE = struct.Struct("<I")
_PENALTY = struct.Struct("<d")
_SECONDS = struct.Struct("<d")
LONGEST_PAYLOAD = LONGEST - _ANSWER.size


def thumbnail_bytes(pixels: int) -> int:
    """How many the file of a thumbnail with this long side may have: two bits for each pixel of its
    square. At quality 85 a noisy photo needs 1.8 for each of its own. A message is always filled,
    since small pictures need more."""
    return max(LONGEST_PAYLOAD, pixels * pixels // 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup(Recipe):
    """What a worker is told at its start, besides the recipe of its model."""

    parent: int
    """The daemon's process id: a worker must not run without its daemon."""
    file: str
    """The model's."""
    sha256: str
    threads: int
    max_bytes: int
    max_pixels: int
    memory: int
    """Bytes that it may use for pictures, in addition to what it uses once it has started, and to
    what its network takes."""
    has_idle_priority: bool
    """See `machine/priority.py`."""

    def pack(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def unpack(cls, text: str) -> Setup:
        values: dict[str, Any] = json.loads(text)
        return cls(**values | {key: values[key] and tuple(values[key]) for key in ("mean", "std")})


class Task(IntEnum):
    """What to do with a picture."""

    EMBED = 0
    """The answer is the vector as it is stored, and behind it what `pack_metadata` makes."""
    THUMBNAIL = 1
    """The answer is a JPEG."""
    METADATA = 2
    """The answer is a packed `PictureMetadata`, read from the headers alone."""
    FEATURES = 3
    """The answer is what `geometry.features.extract` makes of the picture."""
    VIEWS = 4
    """The answer is what `pack_views` makes: all that is needed to ask for the very picture."""
    COMPARE = 5
    """The file is no picture but what `pack_features` makes; the answer is for each stored picture
    a packed `Verification`, or an empty line if its features cannot be used."""
    COPIES = 6
    """The answer is the vector of a copy for each of the `ALTERATIONS`, one after the other."""


ALTERATIONS = ("jpeg_quality_30", "half_size", "mirrored", "centre_80_percent", "grey")
"""What is done to a picture to ask a model whether it finds it again: few, and what people do most.
`altered_copies` draws them."""


class Kind(IntEnum):
    """What kind of answer it is."""

    READY = 0
    """It works, as a first picture showed; the payload names the locks of its sandbox."""
    STARTED = 1
    """The picture is being worked on now: if nothing follows, it is to blame."""
    DONE = 2
    UNREADABLE = 3
    """The payload is what `pack_fault` makes."""
    PART = 4
    """The beginning of an answer that is too long for one message: more follows."""
    UNFIT = 5
    """It cannot work with its model; the payload says why, as a clause about "it"."""


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


def parts(job: int, payload: bytes) -> Iterator[Answer]:
    """The answers that bring a payload of any length."""
    last = max(0, len(payload) - 1) // LONGEST_PAYLOAD * LONGEST_PAYLOAD
    for start in range(0, last, LONGEST_PAYLOAD):
        yield Answer(job, Kind.PART, payload[start : start + LONGEST_PAYLOAD])
    yield Answer(job, Kind.DONE, payload[last:])


def pack_metadata(seconds: float, metadata: bytes) -> bytes:
    """What METADATA answers, with the processor's time that it took to embed the picture."""
    return _SECONDS.pack(seconds) + metadata


def unpack_metadata(packed: bytes) -> tuple[float, bytes]:
    """What `pack_metadata` packed. Raises struct.error for what no worker of ours would say."""
    return _SECONDS.unpack_from(packed)[0], packed[_SECONDS.size :]


def pack_views(views: Sequence[tuple[bytes, float]], features: bytes) -> bytes:
    """The stored vector of each view of a picture, all of one length, with its penalty; and the
    picture's features."""
    packed = (vector + _PENALTY.pack(penalty) for vector, penalty in views)
    return _SIZE.pack(len(views)) + b"".join(packed) + features


def unpack_views(payload: bytes, size: int) -> tuple[list[tuple[bytes, float]], bytes]:
    """What `pack_views` packed; each vector has `size` bytes. Raises ValueError or struct.error for
    what no worker of ours would say."""
    (count,) = _SIZE.unpack_from(payload)
    step = size + _PENALTY.size
    end = _SIZE.size + count * step
    if count == 0 or end > len(payload):
        raise ValueError("these are not so many vectors")
    starts = range(_SIZE.size, end, step)
    views = [(payload[n : n + size], *_PENALTY.unpack_from(payload, n + size)) for n in starts]
    return views, payload[end:]


def pack_features(asked: bytes, stored: Sequence[bytes]) -> bytes:
    """The features of one picture, and those of others to compare it with."""
    return b"".join(_SIZE.pack(len(each)) + each for each in (asked, *stored))


def unpack_features(packed: bytes) -> tuple[bytes, list[bytes]]:
    """What `pack_features` packed. Raises struct.error for anything else."""
    found, start = [], 0
    while start < len(packed):
        (size,) = _SIZE.unpack_from(packed, start)
        start += _SIZE.size + size
        found.append(packed[start - size : start])
    return found[0], found[1:]


def pack_fault(error: BadPictureError) -> bytes:
    """The payload of an answer that refuses a picture."""
    return json.dumps([str(error), error.kind]).encode()


def unpack_fault(payload: bytes) -> BadPictureError:
    """What `pack_fault` packed. Raises ValueError for what no worker of ours would say."""
    match json.loads(payload):
        case [str(reason), str(kind)]:
            return BadPictureError(reason, kind)
    raise ValueError("this is no reason to refuse a picture")
