"""Indexed photos, with what is known of them without looking closer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, Self, TypeAlias

from imgsimd.client.json_fields import Answer, Fields

Order: TypeAlias = Literal["added", "taken"]
"""Which photo is the newest: the one that became known last, or the one that was taken last."""


class Dated(Protocol):
    """A photo whose time is known."""

    @property
    def taken(self) -> str | None: ...
    @property
    def mtime_ns(self) -> int: ...


def date_of(photo: Dated) -> str:
    """When it was taken or else, as filters by date have it, when its file was changed: ISO 8601 in
    local time."""
    return photo.taken or _local(photo.mtime_ns)


def _local(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds // 1_000_000_000).isoformat()


@dataclass(frozen=True, slots=True)
class ImageRecord(Answer):
    """An indexed photo. None stands for what its file does not say."""

    id: int
    path: str
    bytes: int
    mtime_ns: int
    pixels: tuple[int, int] | None
    """Width and height of the upright picture."""
    format: str | None
    """Such as `JPEG`."""
    taken: str | None
    """When, as ISO 8601 in local time."""
    camera: str | None
    """Maker and model."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            id=fields.whole("id"),
            path=fields.text("path"),
            bytes=fields.whole("bytes"),
            mtime_ns=fields.whole("mtime_ns"),
            pixels=fields.size_if_any("pixels"),
            format=fields.text_or_none("format"),
            taken=fields.text_or_none("taken"),
            camera=fields.text_or_none("camera"),
        )

    @property
    def changed(self) -> str:
        """When its file was changed, as ISO 8601 in local time."""
        return _local(self.mtime_ns)

    @property
    def date(self) -> str:
        """As `date_of`."""
        return date_of(self)


@dataclass(frozen=True, slots=True)
class ImagesResult(Answer):
    """Some photos, the newest first."""

    images: tuple[ImageRecord, ...]
    next: str | None
    """To ask for those that come after these; None if there are no more."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, fields.each("images", ImageRecord.of), fields.text_or_none("next"))
