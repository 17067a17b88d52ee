"""How many of the searchable images lie in each folder, were taken in each month, and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import numpy as np

from imgsimd.gallery.attribute_columns import Column
from imgsimd.gallery.attributes import Attributes
from imgsimd.gallery.index import Index
from imgsimd.gallery.selection import Selection
from imgsimd.gallery.vectors.id_set import places
from imgsimd.gallery.visibility import Visibility
from imgsimd.paths import slashed, unslashed
from imgsimd.types import FilePath
from imgsimd.words import camera

_FIRST_MONTH, _LAST_MONTH = -12 * 1970, 12 * (9999 - 1970) + 11
"""January of the year 0 and December 9999, in months since 1970. Whatever a file says, it counts as
one of these or between them."""


PartOf: TypeAlias = Callable[[FilePath], FilePath | None]
"""Which part of the tree a folder is, or lies in; None: it is not counted. All with a closing
slash."""


class Division(StrEnum):
    """What the images are told apart by."""

    FOLDER = "folder"
    MONTH = "month"
    FORMAT = "format"
    CAMERA = "camera"


class Count(NamedTuple):
    """So many images have this in common."""

    value: str | FilePath | None
    """A folder's path; a month, `2021-05`; a format's name; or maker and model of a camera. None:
    those of which it is not known."""
    images: int
    """How many; of a folder, with all that is below it."""
    own: int | None = None
    """Of a folder, those that are in it, but in no folder below it."""


class Counting:
    """Reads only. Runs on the gallery's thread."""

    def __init__(self, visibility: Visibility, index: Index, attributes: Attributes) -> None:
        self._visibility = visibility
        self._index = index
        self._attributes = attributes

    def count(self, wanted: Selection, by: Division, parent: FilePath | None = None) -> list[Count]:
        """Only what is not 0: folders by path, months by time, formats and cameras with the most
        images first. The folders are those in the parent; None: the roots. Raises
        NotLoadedError."""
        ids = wanted.of(self._index, self._attributes)
        columns, names = self._attributes.current()
        at = places(columns.ids.astype(np.int64, copy=False), ids)
        if by is Division.FOLDER:
            parts = _roots(self._visibility.roots) if parent is None else _children(parent)
            return list(_by_part(parts, names.folders.counted(columns.folders[at])))
        if by is Division.MONTH:
            return list(_by_month(columns.times[at]))
        if by is Division.FORMAT:
            kinds = names.kinds.counted(columns.kinds[at])
            return _most_first((name, count) for (name, _), count in kinds)
        cameras = names.cameras.counted(columns.cameras[at])
        return _most_first((camera(*lines.split("\n", 1)), count) for lines, count in cameras)


def _roots(roots: Sequence[FilePath]) -> PartOf:
    starts = list(map(slashed, roots))

    def part_of(folder: FilePath) -> FilePath | None:
        for start in starts:
            if folder.startswith(start):
                return start
        return None

    return part_of


def _children(parent: FilePath) -> PartOf:
    start = slashed(parent)
    length = len(start)

    def part_of(folder: FilePath) -> FilePath | None:
        if not folder.startswith(start) or len(folder) == length:
            return None
        return folder[: folder.index(b"/", length) + 1]

    return part_of


def _by_part(part_of: PartOf, folders: Iterable[tuple[FilePath, int]]) -> Iterator[Count]:
    below: dict[FilePath, int] = {}
    own: dict[FilePath, int] = {}
    for folder, count in folders:
        place = folder + b"/"
        part = part_of(place)
        if part is not None:
            below[part] = below.get(part, 0) + count
            if len(part) == len(place):
                own[part] = count
    for part in sorted(below, key=unslashed):
        yield Count(unslashed(part), below[part], own.get(part, 0))


def _by_month(times: Column) -> Iterator[Count]:
    months = times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    found, counts = np.unique(np.clip(months, _FIRST_MONTH, _LAST_MONTH), return_counts=True)
    for month, count in zip(found.tolist(), counts.tolist(), strict=True):
        yield Count(f"{1970 + month // 12:04}-{month % 12 + 1:02}", count)


def _most_first(counted: Iterable[tuple[str, int]]) -> list[Count]:
    """Several may have one name; without one, it is not known."""
    counts = Counter[str]()
    for name, count in counted:
        counts[name] += count
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [Count(name or None, count) for name, count in ordered]
