"""The words that all rooms share: what an image is, what a file looked like, what a match is."""

from __future__ import annotations

import os
import stat
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

MOST_LINKS = 2**15 - 1
"""Number of hard links that is stored; more than so many are all the same to us."""


class FileState(NamedTuple):
    """What `lstat` says of a regular file; two equal states mean "not touched in between".

    The device is left out: it may change at every boot or when a disk is plugged in again.
    Only size and mtime say what is in a file. Inode, change time and attributes are hints that its
    content may have changed; `has_same_content` weighs them.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    attributes: int = 0
    """Number of links (from bit 48), owner and group, mode; 0 where they were never seen."""

    @classmethod
    def of(cls, status: os.stat_result) -> FileState:
        # tuple's own constructor: a scan makes hundreds of thousands (a third of its time, else).
        size, mtime, ctime = status.st_size, status.st_mtime_ns, status.st_ctime_ns
        owners = (status.st_uid ^ status.st_gid << 8) & 0xFFFF_FFFF
        attributes = min(status.st_nlink, MOST_LINKS) << 48 | owners << 16 | status.st_mode
        inode = storable(status.st_ino)
        return tuple.__new__(cls, (size, storable(mtime), storable(ctime), inode, attributes))

    def has_same_content(self, before: FileState, keeps_inodes: bool) -> bool:
        """Whether the file that looked like `before` still has the same content, for all that can
        be known without reading it.

        1. Another size or mtime: it may not.
        2. On a file system that does not keep inodes (see `mounts`): it has. Inodes are new at each
           mount, and change times often are.
        3. Another inode: it may not. The file was replaced.
        4. The same change time: it has.
        5. Another change time, and other attributes (chmod, chown, a hard link made or removed), or
           several hard links (a backup made and another one removed): it has. They explain it.
           But a file that its owner may not read is always tried, so that this is told.
        6. Another change time without such an explanation: it may not. Somebody may have written
           to it and set mtime back.
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
    AWAY = 3
    """Its path is a symbolic link that leads to nothing now."""


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
    """Have the content that is known, though they were missing, or look otherwise than before; with
    the state now seen."""
    renamed: list[Rename] = field(default_factory=list)
    missing: list[Known] = field(default_factory=list)
    """Not seen where they were. Forgotten only after another look, when all renames are known."""


class MovedPattern(NamedTuple):
    """A pattern of the setting `ignore` that was there when a folder moved."""

    pattern: str
    """As the user wrote it."""
    place: FilePath
    """Where the folder is."""
    former: FilePath
    """Where it was: the pattern means the folder by this path, too."""


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
