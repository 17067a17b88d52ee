"""What somebody wants to know of duplicates: plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from imgsimd.types import FilePath


class Tier(StrEnum):
    """How much alike the photos of a group are."""

    EXACT = "exact"
    """The files are the same, byte by byte."""
    COPY = "copy"
    """They show the same shot, and that was verified: one is smaller, cropped, recompressed, or in
    another format."""
    SIMILAR = "similar"
    """They look alike."""


class Folders(StrEnum):
    """Which folders the photos of a group lie in."""

    ANY = "any"
    ACROSS = "across"
    """Each in another folder than the keeper."""
    WITHIN = "within"
    """All in the same folder."""


class Keep(StrEnum):
    """What decides first which photo of a group is kept."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"
    """By bytes."""
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class Preference:
    """What decides which photo of a group is kept, before the usual rules do."""

    folders: Sequence[FilePath] = ()
    """A photo in the first of these folders is kept before one in the second, and so on."""
    keep: Keep | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Which duplicates to look for."""

    tiers: Sequence[Tier] = (Tier.EXACT, Tier.COPY)
    under: Sequence[FilePath] = ()
    """Only photos in these folders; none: all."""
    not_under: Sequence[FilePath] = ()
    also_in: Sequence[FilePath] = ()
    """Which of these photos are in those folders, too? Photos in those are always kept."""
    folders: Folders = Folders.ANY
    preference: Preference = Preference()
    only_new: bool = False
    """Only groups with a photo that was in no group yet when duplicates were last asked for."""

    @property
    def is_about_all(self) -> bool:
        """Whether any photo may be in a group with any other one."""
        return not (self.under or self.not_under or self.also_in)
