"""What is known of one file?"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter

from imgsimd.control import openapi
from imgsimd.control.fields import AbsolutePath, PathText, RequestBody
from imgsimd.control.strict_json import StrictRoute
from imgsimd.errors import StoreError
from imgsimd.gallery.records import Record
from imgsimd.reconciling.accounts import Account, Standing
from imgsimd.search.query import Filter, Query, Question, QuestionError
from imgsimd.search.similar import Similar
from imgsimd.types import FilePath, Match

NEAREST = 5
"""Photos that are named."""


class Accounts(Protocol):
    """Knows files; see `Reconciler`."""

    async def account(self, path: FilePath) -> Account: ...


class ShowRequest(RequestBody):
    """A file."""

    path: AbsolutePath


@dataclass
class CameraAnswer:
    """What took the picture."""

    make: str | None
    model: str | None


@dataclass
class PlaceAnswer:
    """Where the picture was taken, in degrees (WGS 84), north and east positive."""

    latitude: float
    longitude: float


@dataclass
class StoredVector:
    """Whether the model that answers has a vector of the picture."""

    model: str
    stored: bool


@dataclass
class CopiesAnswer:
    """Other files with the very same content: how many, and the first hundred by path, with the
    ids of their images."""

    count: int
    paths: list[PathText]
    ids: list[int]

    @classmethod
    def of(cls, record: Record | None) -> CopiesAnswer:
        copied = record.copied if record else []
        paths = [os.fsdecode(path) for path, _ in copied]
        return cls(record.copies if record else 0, paths, [image for _, image in copied])


@dataclass
class NeighbourAnswer:
    """A photo that looks like it."""

    id: int
    path: PathText
    distance: float
    similarity: float

    @classmethod
    def of(cls, match: Match) -> NeighbourAnswer:
        return cls(match.id, os.fsdecode(match.path), match.distance, match.similarity)


@dataclass
class ShowAnswer:
    """What is known of a file; null stands for what is not. `state` says whether it can be found,
    `reason` and `kind` why not."""

    path: PathText
    state: Standing
    reason: str
    kind: str
    root: PathText | None
    id: int | None
    bytes: int | None
    modified: str | None
    format: str | None
    pixels: list[int] | None
    read: float | None
    taken: str | None
    camera: CameraAnswer | None
    place: PlaceAnswer | None
    vector: StoredVector | None
    pair: PathText | None
    pair_id: int | None
    copies: CopiesAnswer
    nearest: list[NeighbourAnswer]

    @classmethod
    def of(cls, account: Account, nearest: Sequence[Match]) -> ShowAnswer:
        record, seen = account.record, account.state
        said = record.metadata if record else {}
        return cls(
            path=os.fsdecode(account.path),
            state=account.standing,
            reason=account.reason,
            kind=account.kind,
            root=None if account.root is None else os.fsdecode(account.root),
            id=record.image.id if record else None,
            bytes=seen.size if seen else None,
            modified=_local(seen.mtime_ns) if seen else None,
            format=_text(said, "format"),
            pixels=_pixels(said),
            read=_number(said, "read"),
            taken=_text(said, "taken"),
            camera=_camera(said),
            place=_place(said),
            vector=StoredVector(record.model, record.has_vector) if record else None,
            pair=os.fsdecode(record.pair.path) if record and record.pair else None,
            pair_id=record.pair.id if record and record.pair else None,
            copies=CopiesAnswer.of(record),
            nearest=list(map(NeighbourAnswer.of, nearest)),
        )


def routes(accounts: Accounts, similar: Similar) -> APIRouter:
    """Telling all about a file."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/show", responses=openapi.errors(422))
    async def show(request: ShowRequest) -> ShowAnswer:
        """What is known of the file at the path, whether it is indexed or not."""
        account = await accounts.account(request.path)
        return ShowAnswer.of(account, await _nearest(account, similar))

    return router


async def _nearest(account: Account, similar: Similar) -> Sequence[Match]:
    """What looks most like it on this machine, besides its copies and the other one of its pair.
    Nothing where that cannot be found out now: the rest is known all the same."""
    if account.record is None:
        return ()
    pair = account.record.pair
    copies = [path for path, _ in account.record.copied]
    wanted = Filter(leave_out=[*copies, *([pair.path] if pair else [])], is_own=True)
    try:
        result = await similar.ask(Question([Query(account.path)], NEAREST, wanted))
    except (QuestionError, StoreError):  # it has no vector yet, or no memory has room for all
        return ()
    return result.matches


def _local(nanoseconds: int) -> str | None:
    """As ISO 8601 with the offset from UTC; None for a time that no calendar has."""
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9).astimezone().isoformat()
    except (OverflowError, OSError, ValueError):
        return None


def _pixels(said: Mapping[str, object]) -> list[int] | None:
    width, height = said.get("width"), said.get("height")
    return [width, height] if isinstance(width, int) and isinstance(height, int) else None


def _camera(said: Mapping[str, object]) -> CameraAnswer | None:
    make, model = _text(said, "make"), _text(said, "model")
    return CameraAnswer(make, model) if make or model else None


def _place(said: Mapping[str, object]) -> PlaceAnswer | None:
    latitude, longitude = _number(said, "latitude"), _number(said, "longitude")
    if latitude is None or longitude is None:
        return None
    return PlaceAnswer(latitude, longitude)


def _text(said: Mapping[str, object], name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) else None


def _number(said: Mapping[str, object], name: str) -> float | None:
    value = said.get(name)
    return value if isinstance(value, float) else None
