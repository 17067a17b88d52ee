"""The types that all rooms share: images, the states of files, plans, failures, matches."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Literal, NamedTuple, NewType, TypeAlias

Resize: TypeAlias = Literal["area", "linear", "cubic"]
"""How the pixels of a picture become fewer or more: see `decoding.decode.resized`."""

ImageId = NewType("ImageId", int)
"""Key of an image in both stores; never reused."""

FilePath: TypeAlias = bytes
"""Absolute path as the kernel gives it, since a name need not be UTF-8."""

Hash: TypeAlias = Literal["blake3", "sha256"]
"""Hash of a file's content: BLAKE3, which is three times as fast, or SHA-256 in older galleries."""
HASH_BYTES: dict[Hash, int] = {"blake3": 24, "sha256": 32}
"""How many bytes of it are stored; the length tells which hash it is. 192 bits are enough."""

ContentHash: TypeAlias = bytes
"""The hash of a file's bytes."""

MOST_LINKS = 2**15 - 1
"""The largest number of hard links that is stored; more are stored as this."""


class FileState(NamedTuple):
    """What `lstat` says of a regular file. If two states are equal, it was not touched in between.

    The device is left out: it may change at every boot or when a disk is plugged in again.
    Size and mtime identify the content. Inode, change time and attributes are hints that it may
    have changed; `has_same_content` judges them.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    attributes: int = 0
    """Number of links (from bit 48), owner and group (from bit 16), mode; 0 if never seen."""

    @classmethod
    def of(cls, status: os.stat_result) -> FileState:
        # tuple's own constructor, since a scan makes hundreds of thousands: it saves a third.
        size, mtime, ctime = status.st_size, status.st_mtime_ns, status.st_ctime_ns
        owners = (status.st_uid ^ status.st_gid << 8) & 0xFFFF_FFFF
        attributes = min(status.st_nlink, MOST_LINKS) << 48 | owners << 16 | status.st_mode
        inode = storable(status.st_ino)
        return tuple.__new__(cls, (size, storable(mtime), storable(ctime), inode, attributes))

    def has_same_content(self, before: FileState, keeps_inodes: bool) -> bool:
        """Whether the file still has the content that it had in the state `before`, as far as can
        be known without reading it. The first rule that applies decides:

        1. Size or mtime differ: no.
        2. The file system does not keep inodes (see `mounts`): yes. Inodes are new at each mount,
           and change times often are.
        3. The inode differs: no. The file was replaced.
        4. The change time is the same: yes.
        5. The attributes differ (chmod, chown, a hard link made or removed), or there are several
           hard links (a backup made and another one removed): yes. That explains the change time.
           But a file that its owner may not read is read again, so that the failure is reported.
        6. Otherwise: no. Somebody may have written to it and set mtime back.
        """
        if not self.copied_from(before):
            return False
        if not keeps_inodes:
            return True
        if self.inode != before.inode:
            return False
        has_several_links = self.attributes >> 48 > 1
        is_explained = self.attributes != before.attributes or has_several_links
        is_explained &= bool(self.attributes & stat.S_IRUSR)
        return self.ctime_ns == before.ctime_ns or (is_explained and before.attributes != 0)

    def moved_from(self, other: FileState) -> bool:
        """Whether this may be the same file after a rename (which changes ctime)."""
        return (self.inode, self.size, self.mtime_ns) == (other.inode, other.size, other.mtime_ns)

    def copied_from(self, other: FileState) -> bool:
        """Whether this may be a copy that keeps times (`cp -a`, `rsync -a`, a restored backup)."""
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


def storable(number: int) -> int:
    """The number as one that fits in SQLite's signed 64 bits; equal numbers stay equal.

    Inodes may need the sign bit (mergerfs and CIFS hash names), and a time may be past the year
    2262.
    """
    if -(2**63) <= number < 2**63:
        return number
    return (number + 2**63) % 2**64 - 2**63


class Hidden(IntEnum):
    """Why an image in an online folder is not searchable; the numbers are stored in the catalog."""

    GONE = 1
    """Its file is gone."""
    LEFT_OUT = 2
    """Its file is there, but the user has left it out."""
    AWAY = 3
    """Its path is a symbolic link that leads to nothing at present."""
    EXPECTED = 4
    """It was imported, and its file has not been seen here yet."""


class Known(NamedTuple):
    """An image in the catalog."""

    id: ImageId
    path: FilePath
    state: FileState
    is_missing: bool = False
    """Whether it is hidden, for one of the reasons in `Hidden`."""


class Rename(NamedTuple):
    """A known image that was found under another path."""

    id: ImageId
    path: FilePath
    state: FileState


@dataclass(frozen=True, slots=True)
class Plan:
    """What must be done so that the catalog agrees with the disk."""

    new: dict[FilePath, FileState] = field(default_factory=dict)
    changed: list[Known] = field(default_factory=list)
    """Each with the state that was seen."""
    returned: list[Known] = field(default_factory=list)
    """Images with the known content that were missing, or whose state has changed; each with the
    state that was seen."""
    renamed: list[Rename] = field(default_factory=list)
    missing: list[Known] = field(default_factory=list)
    """Images that were not seen at their paths. They are forgotten only after another look, when
    all renames are known."""


class MovedPattern(NamedTuple):
    """A pattern of the setting `ignore` that was there when a folder moved."""

    pattern: str
    """As the user wrote it."""
    place: FilePath
    """Where the folder is."""
    former: FilePath
    """Where it was: the pattern means the folder by this path, too."""


class Failure(NamedTuple):
    """A picture that cannot be embedded, or is damaged, or a folder that cannot be listed; with the
    reason in words for the user."""

    path: FilePath
    reason: str
    kind: str
    """An `errors.FaultKind`."""
    read: float | None = None
    """Of a damaged picture that is searchable, the share that could be decoded."""


class Match(NamedTuple):
    """One match: `distance` is the L2 distance of unit vectors, from 0 (same) to 2."""

    rank: int
    id: ImageId
    path: FilePath
    distance: float
    exact_rank: int
    """The rank by distance alone, among all that may be found."""
    host: str | None = None
    """The name of the machine that has the image, if it is another one: then the id is a shared one
    (see `shared_ids`), and the path is there."""

    @property
    def similarity(self) -> float:
        """See `similarity`."""
        return similarity(self.distance)


def similarity(distance: float) -> float:
    """Cosine of the angle between two vectors at this distance, from 0 (nothing in common) to 1
    (same).

    For unit vectors distance² = 2 - 2·cosine; a negative cosine counts as 0.
    """
    return max(0.0, 1.0 - distance**2 / 2.0)


class RootState(Enum):
    """The state of a watched folder, for the user."""

    ONLINE = "online"
    OFFLINE = "offline"
    POLLED = "polled"
    """Online, but it can change without our kernel noticing, so it is scanned regularly."""
    DEGRADED = "degraded"
    """Online, but part of it cannot be watched or read."""
