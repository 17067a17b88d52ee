"""How many photos there are in each folder, of each month, format or camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

from imgsimd.client.json_fields import Answer, Fields

Division: TypeAlias = Literal["folder", "month", "format", "camera"]
"""What the photos are told apart by."""


@dataclass(frozen=True, slots=True)
class Count(Answer):
    """So many photos have this in common."""

    value: str | None
    """A folder's path; a month, `2021-05`; a format's name, such as `JPEG`; or maker and model of a
    camera. None stands for the photos of which it is not known."""
    count: int
    """Of a folder, with all that is below it."""
    own: int
    """Of a folder, those that are in it, but in no folder below it; otherwise 0."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            value=fields.text_or_none("value"),
            count=fields.whole("count"),
            own=fields.whole_if_any("own"),
        )


@dataclass(frozen=True, slots=True)
class CountsResult(Answer):
    """Only what is not 0: folders by path, months by time, formats and cameras with the most photos
    first."""

    counts: tuple[Count, ...]
    left_out: int
    """Of more than 10,000, so many are missing at the end."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, fields.each("counts", Count.of), fields.whole("left_out"))
