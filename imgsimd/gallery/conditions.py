"""What may be demanded of images, whatever they look like: plain values."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from imgsimd.file_kinds import FileKind
from imgsimd.types import FilePath


class Orientation(StrEnum):
    """The shape of an upright picture."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"


SHAPES = {Orientation.LANDSCAPE: 1, Orientation.PORTRAIT: -1, Orientation.SQUARE: 0}
"""How they are stored."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """An image fits if it meets all of these. What nobody has read yet meets no condition about
    it: of a new photo the path and the times are known at once, the rest with its vector."""

    under: tuple[FilePath, ...] = ()
    """It lies in one of these folders, at any depth; empty: anywhere."""
    not_under: tuple[FilePath, ...] = ()
    """It lies in none of these folders."""
    since: datetime | None = None
    """It was taken then or later: in local time, without an offset, and in whole seconds. If its
    file does not say when, the modification time counts."""
    until: datetime | None = None
    """It was taken before."""
    kinds: tuple[FileKind, ...] = ()
    """Its file is of one of these kinds; empty: of any."""
    min_pixels: int | None = None
    """Its width times its height, at least 1."""
    orientation: Orientation | None = None
    cameras: tuple[str, ...] = ()
    """One of these is a part of its camera's name, which is maker and model; upper and lower case
    do not matter. Empty: any camera, or none."""


ANY = Conditions()
"""Every image fits."""


def plain_camera(name: str) -> str:
    """A camera's name, or a part of one, as they are compared."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def local_seconds(moment: datetime) -> int:
    """Seconds since 1970 in local time, as times are compared: a moment without an offset."""
    return int(moment.replace(tzinfo=UTC).timestamp())
