"""A group of duplicates: a photo to keep, and copies of it. Plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from imgsimd.duplicates.wish import Tier
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.verification import Verification

_File: TypeAlias = tuple[int, int, int, bytes]
"""What all hard links to one file have in common, and hardly two files."""
_LINKS_FROM_BIT = 48
"""Of `FileState.attributes`."""


@dataclass(frozen=True, slots=True)
class Member:
    """A photo of a group."""

    photo: Photo
    distance: float = 0.0
    """Of its vector from the keeper's."""
    verification: Verification | None = None
    """What came of comparing it with the keeper; None for the keeper, for the same content, and
    where nobody has compared them."""
    is_keeper: bool = False
    is_same_file: bool = False
    """Whether it is a hard link to the keeper's file."""


@dataclass(frozen=True, slots=True)
class Group:
    """Photos of which one is enough."""

    tier: Tier
    reason: str
    """Why the first member is the keeper."""
    members: Sequence[Member]
    """At least two; the keeper first, then the best first."""
    reclaimable_bytes: int
    """What the disk has more of if all but the keeper are removed."""

    @property
    def keeper(self) -> Photo:
        return self.members[0].photo


def file_of(photo: Photo) -> _File:
    """Equal for two photos that are hard links to one file."""
    state = photo.state
    return state.inode, state.size, state.mtime_ns, photo.content


def is_same_file(one: Photo, other: Photo) -> bool:
    """Whether both paths lead to one file: by a hard link, or because a folder is mounted twice.
    Files of two disks may have the same inode, but hardly the same change time as well, and a file
    with one link has no other path on its disk."""
    is_one_state = one.state.ctime_ns == other.state.ctime_ns
    is_linked = max(_links(one), _links(other)) > 1
    return file_of(one) == file_of(other) and (is_one_state or is_linked)


def reclaimable(keeper: Photo, copies: Iterable[Photo]) -> int:
    """How many bytes are free when the copies are gone: those of files of which no link is left."""
    files: dict[_File, list[Photo]] = {}
    for photo in copies:
        if not is_same_file(keeper, photo):
            files.setdefault(file_of(photo), []).append(photo)
    return sum(map(_freed, files.values()))


def _freed(photos: Sequence[Photo]) -> int:
    """How many bytes are free when these are gone, which have the same inode, size and content."""
    links, size = max(map(_links, photos)), photos[0].state.size
    if links == 1:
        return size * len({photo.state.ctime_ns for photo in photos})
    return size if len(photos) >= links else 0


def _links(photo: Photo) -> int:
    return max(1, photo.state.attributes >> _LINKS_FROM_BIT)
