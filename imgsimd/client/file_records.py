"""What is known of one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from imgsimd.client.json_fields import Answer, Fields


@dataclass(frozen=True, slots=True)
class Neighbour(Answer):
    """A photo that looks like it."""

    id: int
    path: str
    distance: float
    similarity: float

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            id=fields.whole("id"),
            path=fields.text("path"),
            distance=fields.number("distance"),
            similarity=fields.number("similarity"),
        )


@dataclass(frozen=True, slots=True)
class Camera(Answer):
    """What took a picture."""

    make: str | None
    model: str | None

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json, make=fields.text_or_none("make"), model=fields.text_or_none("model")
        )


@dataclass(frozen=True, slots=True)
class Place(Answer):
    """Where a picture was taken, in degrees (WGS 84), north and east positive."""

    latitude: float
    longitude: float

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json, latitude=fields.number("latitude"), longitude=fields.number("longitude")
        )


@dataclass(frozen=True, slots=True)
class StoredVector(Answer):
    """Whether the model that answers has a vector of a picture."""

    model: str
    stored: bool

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, model=fields.text("model"), stored=fields.flag("stored"))


@dataclass(frozen=True, slots=True)
class Copies(Answer):
    """Files with the same content: how many, and the first hundred by path."""

    count: int
    paths: tuple[str, ...]
    ids: tuple[int, ...]
    """Of the photos at these paths; empty where the daemon is too old to tell."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        ids = fields.numbers_if_any("ids") or ()
        return cls(fields.json, fields.whole("count"), fields.texts("paths"), tuple(map(int, ids)))


@dataclass(frozen=True, slots=True)
class FileRecord(Answer):
    """What is known of a file; None stands for what is not."""

    path: str
    state: str
    """`indexed`, `pending`, `failed`, `hidden`, `skipped`, `unwatched`, `folder` or `missing`; more
    may come."""
    reason: str
    """Why, in a sentence; empty where there is nothing to say."""
    kind: str
    """Why, in a word for programs; see README."""
    root: str | None
    """The watched folder that it lies in."""
    id: int | None
    bytes: int | None
    modified: str | None
    """ISO 8601, as `taken`."""
    format: str | None
    pixels: tuple[int, int] | None
    """Width and height of the upright picture."""
    read: float | None
    """The share of the picture that could be decoded."""
    taken: str | None
    camera: Camera | None
    place: Place | None
    vector: StoredVector | None
    pair: str | None
    """Its raw file, or the picture beside its raw file."""
    pair_id: int | None
    copies: Copies
    nearest: tuple[Neighbour, ...]

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            path=fields.text("path"),
            state=fields.text("state"),
            reason=fields.text("reason"),
            kind=fields.text("kind"),
            root=fields.text_or_none("root"),
            id=fields.whole("id") if fields.json.get("id") is not None else None,
            bytes=fields.whole("bytes") if fields.json.get("bytes") is not None else None,
            modified=fields.text_or_none("modified"),
            format=fields.text_or_none("format"),
            pixels=fields.size_if_any("pixels"),
            read=fields.number_or_none("read"),
            taken=fields.text_or_none("taken"),
            camera=fields.inner_if_any("camera", Camera.of),
            place=fields.inner_if_any("place", Place.of),
            vector=fields.inner_if_any("vector", StoredVector.of),
            pair=fields.text_or_none("pair"),
            pair_id=fields.whole_if_any("pair_id") or None,
            copies=fields.inner("copies", Copies.of),
            nearest=fields.each("nearest", Neighbour.of),
        )
