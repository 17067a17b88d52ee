"""What a question may ask for besides the pictures and `k`: one field for each JSON field of
`/v1/similar`. The conditions are those of `/v1/images`, too."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias, TypedDict, get_args

StrPath: TypeAlias = str | os.PathLike[str]
Moment: TypeAlias = date | str
"""A day, a datetime, or either as ISO 8601 text; in local time, unless a datetime has an offset."""
Orientation: TypeAlias = Literal["landscape", "portrait", "square"]
ORIENTATIONS: tuple[Orientation, ...] = get_args(Orientation)


class Conditions(TypedDict, total=False):
    """Keyword arguments that say which photos are wanted; what is absent is not asked for."""

    under: Sequence[StrPath]
    """Only photos in one of these folders, at any depth."""
    not_under: Sequence[StrPath]
    """No photos in these folders."""
    since: Moment | None
    """Only photos taken then or later. If a file does not say when, its modification time
    counts."""
    until: Moment | None
    """Only photos taken before."""
    formats: Sequence[str]
    """Only files of one of these formats, such as `jpg`, `heic`, `raw` or `nef`."""
    min_pixels: int | None
    """Only photos of so many pixels or more: width times height."""
    orientation: Orientation | None
    """Only photos of this shape."""
    cameras: Sequence[str]
    """Only photos taken with a camera that has one of these texts in its maker's or model's name,
    in upper or lower case."""


class Wanted(Conditions, total=False):
    """Keyword arguments of `Client.similar` and `Question.ask`; what is absent is not asked for."""

    max_distance: float | None
    """How far away a match may be, from 0 to 2."""
    verify: bool
    """Whether to find out of each match if it shows the very picture; of one picture only."""
    same: bool
    """Whether only photos are wanted that show the very picture, or probably do."""
    collapse: bool
    """Whether photos that show the same count as one match: files with the same content, a raw file
    and the picture beside it, the shots of a burst."""
    exact_order: bool
    """Whether the order is by distance alone. Else, the nearest 200 are put into a better one, by
    what else looks like each of them, unless they are verified."""
    model: str | None
    """The name of the model to ask, if it is not the one in use: what is stored by it answers. How
    far it is, `SimilarResult.embedded` tells."""
    include_queries: bool
    """Whether the pictures themselves may be matches, too."""
    min_similarity: float | None
    """How similar a match must be, from 0 to 1."""
    hosts: Sequence[str]
    """The names of the machines whose photos may be matches, where several share a gallery; if it
    is empty, all. Folders are paths there, then."""


def is_verified(wanted: Wanted) -> bool:
    """Whether the picture must be compared with the photos themselves."""
    return wanted.get("verify", False) or wanted.get("same", False)


def as_json(wanted: Wanted) -> Mapping[str, object]:
    """The fields of the request. Raises TypeError for one that there is not."""
    fields = _fields(wanted, Wanted)
    fields.pop("min_similarity", None)
    if not fields.get("exact_order"):
        fields.pop("exact_order", None)  # a daemon before 0.3 has no other order
    if not fields.get("hosts"):
        fields.pop("hosts", None)  # nor does it know other machines
    return {**fields, "max_distance": max_distance(wanted)}


def conditions_as_json(conditions: Conditions) -> Mapping[str, object]:
    """The fields of the request. Raises TypeError for one that there is not."""
    return _fields(conditions, Conditions)


def max_distance(wanted: Wanted) -> float | None:
    """How far away a match may be, with regard to how similar it must be."""
    limits = [wanted.get("max_distance")]
    if least := wanted.get("min_similarity"):
        limits.append(math.sqrt(2 - 2 * min(least, 1)))  # for unit vectors: see README
    return min((limit for limit in limits if limit is not None), default=None)


def _fields(given: Mapping[str, object], options: type) -> dict[str, object]:
    for name in given.keys() - options.__annotations__.keys():
        raise TypeError(f"there is no option '{name}'")
    read = os.path.abspath if given.get("hosts") else os.path.realpath
    return {name: _plain(name, value, read) for name, value in given.items()}


def _plain(name: str, value: object, path: Callable[[StrPath], str]) -> object:
    """As JSON has it. `path` makes a folder's path: links here mean nothing on other machines."""
    if name in ("under", "not_under") and isinstance(value, Sequence):
        return [os.fspath(path(folder)) for folder in value]
    if name == "hosts" and isinstance(value, Sequence):
        return list(value)
    if isinstance(value, datetime):
        local = value.astimezone().replace(tzinfo=None) if value.tzinfo else value
        return local.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
