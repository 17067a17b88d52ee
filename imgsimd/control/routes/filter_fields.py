"""The fields of a request that say which images are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from imgsimd import file_kinds
from imgsimd.client.limits import MOST_QUERIES
from imgsimd.control.fields import AbsolutePath, FolderPath, Number, Pixels, RequestBody
from imgsimd.errors import RequestError
from imgsimd.file_kinds import FileKind
from imgsimd.gallery.conditions import Conditions, Orientation
from imgsimd.gallery.selection import Selection
from imgsimd.search.query import Filter
from imgsimd.types import ImageId

MOST_NAMES = 1000
"""Folders, formats or cameras in one list."""
LocalTime = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$",
        description="ISO 8601 in local time: `2021-05-01` or `2021-05-01T12:30:00`",
    ),
]
# Not `\S`: engines do not agree whether U+0085 and U+FEFF are white space.
Name = Annotated[str, Field(pattern=r"[^\s\u0085\ufeff]", max_length=100)]
HostName = Annotated[str, Field(min_length=1, max_length=255)]


class ConditionFields(RequestBody):
    """Only images that meet all conditions. What nobody has read yet of a new photo meets none
    about it."""

    under: list[FolderPath] = Field(
        default=[], max_length=MOST_NAMES, description="in one of these folders, at any depth"
    )
    not_under: list[FolderPath] = Field(
        default=[], max_length=MOST_NAMES, description="in none of these folders"
    )
    since: LocalTime | None = Field(
        default=None, description="taken then or later; else, by the file's modification time"
    )
    until: LocalTime | None = Field(default=None, description="taken before")
    formats: list[Name] = Field(
        default=[],
        max_length=MOST_NAMES,
        description="of one of these formats, by a name or an extension: `jpg`, `raw`, `nef`",
    )
    min_pixels: Pixels | None = Field(default=None, description="width times height")
    orientation: Literal["landscape", "portrait", "square"] | None = None
    cameras: list[Name] = Field(
        default=[],
        max_length=MOST_NAMES,
        description="one of these is a part of maker and model; case does not matter",
    )

    def to_selection(self, ids: Sequence[int] | None) -> Selection:
        """Those of these ids, or all, for the gallery. Raises RequestError."""
        among = None if ids is None else list(map(ImageId, ids))
        return Selection(self.to_conditions(), among)

    def to_conditions(self) -> Conditions:
        """The same conditions for the gallery. Raises RequestError."""
        return Conditions(
            under=tuple(self.under),
            not_under=tuple(self.not_under),
            since=_moment(self.since),
            until=_moment(self.until),
            kinds=tuple(_kinds(self.formats)),
            min_pixels=self.min_pixels,
            orientation=None if self.orientation is None else Orientation(self.orientation),
            cameras=tuple(self.cameras),
        )


class FilterFields(ConditionFields):
    """Only images that meet all conditions may be matches. What nobody has read yet of a new photo
    meets none about it."""

    leave_out: list[AbsolutePath] = Field(default=[], max_length=MOST_QUERIES)
    max_distance: Number | None = Field(default=None, ge=0)
    include_queries: bool = Field(
        default=False, description="whether the images of the queries may be matches"
    )
    hosts: list[HostName] = Field(
        default=[],
        max_length=MOST_NAMES,
        description="on one of these machines, where several share a gallery",
    )

    def to_filter(self) -> Filter:
        """The same filter for the search. Raises RequestError."""
        return Filter(
            self.leave_out,
            self.max_distance,
            self.include_queries,
            self.to_conditions(),
            tuple(dict.fromkeys(self.hosts)),
        )


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError as error:
        raise RequestError("bad_request", 400, f"{text} is no date and time.") from error


def _kinds(names: Iterable[str]) -> Iterable[FileKind]:
    try:
        return [file_kinds.named(name) for name in names]
    except ValueError as error:
        raise RequestError("bad_request", 400, str(error)) from error
