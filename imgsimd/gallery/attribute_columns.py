"""The attributes of many images as columns of numbers: 30 bytes an image, and each condition is one
pass over a column."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgsimd import extensions
from imgsimd.decoding.metadata import TO_THE_SECOND
from imgsimd.file_kinds import FileKind
from imgsimd.gallery.conditions import (
    SHAPES,
    Conditions,
    local_seconds,
    plain_camera,
)
from imgsimd.gallery.vectors.base import Ids
from imgsimd.paths import slashed
from imgsimd.types import FilePath

K = TypeVar("K", bound=FilePath | FileKind | str)
Column: TypeAlias = NDArray[np.integer[Any]]
Mask: TypeAlias = NDArray[np.bool_]
"""By image, whether it fits."""
_SECOND_NS = 10**9
_DAY = 24 * 3600


class Columns(NamedTuple):
    """One entry for each image, ascending by id."""

    ids: Column
    """int64"""
    folders: Column
    """int32: a code of `Names.folders`."""
    times: Column
    """int64: when the photo was taken, or else its file modified: seconds since 1970, in local
    time."""
    kinds: Column
    """int32: a code of `Names.kinds`."""
    pixels: Column
    """int32; -1: unknown."""
    shapes: Column
    """int8: see `ImageAttributes`."""
    cameras: Column
    """int32: a code of `Names.cameras`."""

    def updated(self, changed: Column, rows: Columns) -> Columns:
        """These columns after the `changed` images (ascending) have become the rows; those without
        a row are gone. What is here already may be overwritten."""
        at, is_here = self._places(changed)
        is_gone = is_here & ~np.isin(changed, rows.ids, assume_unique=True)
        kept = self
        if is_gone.any():
            kept = Columns(*(np.delete(column, at[is_gone]) for column in self))
        at, is_here = kept._places(rows.ids)
        pairs = list(zip(kept, rows, strict=True))
        for column, values in pairs:
            column[at[is_here]] = values[is_here]
        if is_here.all():
            return kept
        return Columns(*(np.insert(c, at[~is_here], values[~is_here]) for c, values in pairs))

    def _places(self, ids: Column) -> tuple[NDArray[np.intp], Mask]:
        """Where these images are, or would be; and whether they are here."""
        at = np.searchsorted(self.ids, ids)
        is_here = np.zeros(len(ids), np.bool_)
        is_inside = at < len(self.ids)
        is_here[is_inside] = self.ids[at[is_inside]] == ids[is_inside]
        return at, is_here


class Codes(Generic[K]):
    """Numbers of values, given in the order in which these come."""

    def __init__(self) -> None:
        self._codes: dict[K, int] = {}

    def of(self, values: Sequence[K]) -> NDArray[np.int32]:
        """The number of each value."""
        codes = self._codes
        return np.array([codes.setdefault(value, len(codes)) for value in values], np.int32)

    def counted(self, codes: Column) -> Iterator[tuple[K, int]]:
        """The values that are among the codes, and how often each is."""
        counts = np.bincount(codes, minlength=len(self._codes)).tolist()
        return ((value, n) for value, n in zip(self._codes, counts, strict=True) if n)

    def fitting(self, is_wanted: Callable[[K], bool]) -> Mask:
        """By code, whether its value is wanted."""
        return np.fromiter(map(is_wanted, self._codes), np.bool_, len(self._codes))


class Names:
    """What the codes in columns stand for."""

    def __init__(self) -> None:
        self.folders = Codes[FilePath]()
        self.kinds = Codes[FileKind]()
        self.cameras = Codes[str]()

    def columns(self, rows: Sequence[Any]) -> Columns:
        """The rows of `ImageAttributes`, by id."""
        parts = list(zip(*rows, strict=True)) or [()] * 8
        ids, paths, changed, taken, formats, pixels, shapes, cameras = parts
        places = [path.rpartition(b"/") for path in paths]
        endings = [extensions.of_name(name) for _, _, name in places]
        return Columns(
            np.array(ids, np.int64),
            self.folders.of([folder for folder, _, _ in places]),
            times(taken, np.array(changed, np.int64)),
            self.kinds.of(list(map(FileKind, formats, endings))),
            np.array(pixels, np.int32),
            np.array(shapes, np.int8),
            self.cameras.of(cameras),
        )

    def fitting(self, columns: Columns, conditions: Conditions) -> Ids:
        """The images that fit, ascending."""
        masks = list(self._masks(columns, conditions))
        ids = columns.ids.astype(np.int64, copy=not masks)
        return ids.take(np.flatnonzero(np.logical_and.reduce(masks))) if masks else ids

    def _masks(self, columns: Columns, wanted: Conditions) -> Iterator[Mask]:
        if wanted.under:
            yield self._below(wanted.under)[columns.folders]
        if wanted.not_under:
            yield ~self._below(wanted.not_under)[columns.folders]
        if wanted.since is not None:
            yield columns.times >= local_seconds(wanted.since)
        if wanted.until is not None:
            yield columns.times < local_seconds(wanted.until)
        if wanted.kinds:
            yield self.kinds.fitting(lambda kind: _is_one(kind, wanted.kinds))[columns.kinds]
        if wanted.min_pixels is not None:
            yield columns.pixels >= wanted.min_pixels
        if wanted.orientation is not None:
            yield columns.shapes == SHAPES[wanted.orientation]
        if wanted.cameras:
            parts = list(map(plain_camera, wanted.cameras))
            named = self.cameras.fitting(
                lambda name: any(part in plain_camera(name) for part in parts)
            )
            yield named[columns.cameras]

    def _below(self, folders: Sequence[FilePath]) -> Mask:
        starts = tuple(map(slashed, folders))
        return self.folders.fitting(lambda folder: slashed(folder).startswith(starts))


def _is_one(kind: FileKind, wanted: Collection[FileKind]) -> bool:
    return kind in wanted or FileKind(kind.format) in wanted


def times(taken: Sequence[str | None], changed: NDArray[np.int64]) -> NDArray[np.int64]:
    """When the photos were taken; where that is not known, when the files were changed (ns)."""
    texts = [text[:TO_THE_SECOND] if text else "NaT" for text in taken]
    try:
        times = np.array(texts, "datetime64[s]")
    except ValueError:  # the worker that has read them may lie
        times = np.array(list(map(_sensible, texts)), "datetime64[s]")
    return np.where(np.isnat(times), _local(changed // _SECOND_NS), times.astype(np.int64))


def _sensible(text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return "NaT"


def _local(utc: NDArray[np.int64]) -> NDArray[np.int64]:
    """The local time at these times. Two of a day differ from UTC by the same unless the day's
    ends do not: so only few are asked about."""
    days, day_of = np.unique(utc // _DAY, return_inverse=True)
    starts, ends = (np.array([_offset((day + n) * _DAY) for day in days], np.int64) for n in (0, 1))
    offsets = starts[day_of]
    for at in np.flatnonzero((starts != ends)[day_of]):
        offsets[at] = _offset(utc[at])
    return utc + offsets


def _offset(utc: int) -> int:
    return time.localtime(int(utc)).tm_gmtoff
