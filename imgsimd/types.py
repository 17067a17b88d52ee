"""The words that all rooms share: what an image is, what a file looked like, what a match is."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Literal, NamedTuple, NewType, TypeAlias

ImageId = NewType("ImageId", int)
"""Key of an image in both stores; given once, never reused."""

FilePath: TypeAlias = bytes
"""Absolute path as the kernel gives it: a name need not be UTF-8."""

Hash: TypeAlias = Literal["blake3", "sha256"]
"""What contents are known by: BLAKE3, three times as fast, or SHA-256, as in earlier galleries."""
HASH_BYTES: dict[Hash, int] = {"blake3": 24, "sha256": 32}
"""How much of it is stored: the length tells which it is. 192 bits are no less unique than 256."""

ContentHash: TypeAlias = bytes
"""The hash of a file's bytes."""

RELOCATED = 0
"""Inode of a file that has not been seen yet where it is said to be; no real file has it."""


class FileState(NamedTuple):
    """What `lstat` says of a regular file; two equal states mean "not touched in between".

    The device is left out: it may change at every boot or when a disk is plugged in again.
    The change time is in: a tool can set mtime back, but not ctime.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileState:
        # tuple's own constructor: a scan makes hundreds of thousands (a third of its time, else).
        size, mtime, ctime = status.st_size, status.st_mtime_ns, status.st_ctime_ns
        return tuple.__new__(cls, (size, storable(mtime), storable(ctime), storable(status.st_ino)))

    def moved_from(self, other: FileState) -> bool:
        """Whether this may be the same file under another name (renaming changes ctime)."""
        return (self.inode, self.size, self.mtime_ns) == (other.inode, other.size, other.mtime_ns)

    def copied_from(self, other: FileState) -> bool:
        """Whether a copy that keeps times (`cp -a`, `rsync -a`, a restored backup) looks so."""
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


def storable(number: int) -> int:
    """The number in SQLite's 64 bits with a sign: inodes may need the bit of the sign (mergerfs
    and CIFS hash names), and a time may be past the year 2262. Equal stays equal."""
    if -(2**63) <= number < 2**63:
        return number
    return (number + 2**63) % 2**64 - 2**63


class Hidden(IntEnum):
    """Why an image, of a folder that is there, is not searchable; as the catalog has it."""

    GONE = 1
    """Its file is not there."""
    LEFT_OUT = 2
    """Its file is there, but no photo by the user's wish."""


class Known(NamedTuple):
    """An image as the catalog knows it."""

    id: ImageId
    path: FilePath
    state: FileState
    is_missing: bool = False
    """It is hidden, for one of the reasons that `Hidden` names."""


class Rename(NamedTuple):
    """A known image found under another path."""

    id: ImageId
    path: FilePath
    state: FileState


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done so that the catalog says what the disk says."""

    new: dict[FilePath, FileState] = field(default_factory=dict)
    changed: list[Known] = field(default_factory=list)
    """With the state that was seen."""
    returned: list[Known] = field(default_factory=list)
    """Were missing, or on another disk, and are there as they were; with the state now seen."""
    renamed: list[Rename] = field(default_factory=list)
    missing: list[Known] = field(default_factory=list)
    """Not seen where they were. Forgotten only after another look, when all renames are known."""


class Failure(NamedTuple):
    """A picture that cannot be embedded, and why, in words for the user."""

    path: FilePath
    reason: str


class Match(NamedTuple):
    """An answer: `distance` is the L2 distance of unit vectors, from 0 (same) to 2."""

    rank: int
    id: ImageId
    path: FilePath
    distance: float

    @property
    def similarity(self) -> float:
        """Cosine of the angle between the two vectors, from 0 (nothing alike) to 1 (same).

        For unit vectors distance² = 2 - 2·cosine; what is below 0 counts as 0.
        """
        return max(0.0, 1.0 - self.distance**2 / 2.0)


class RootState(Enum):
    """What a user needs to know of a watched folder."""

    ONLINE = "online"
    OFFLINE = "offline"
    POLLED = "polled"
    """There, but others can change it without our kernel noticing: it is scanned on a timer."""
    DEGRADED = "degraded"
    """There, but some of it cannot be watched or read."""
