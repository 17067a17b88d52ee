"""What users have said are no duplicates."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import Field

from imgsimd.client.limits import MOST_APART
from imgsimd.control import openapi
from imgsimd.control.fields import AbsolutePath, PathText, RequestBody
from imgsimd.control.strict_json import StrictRoute
from imgsimd.duplicates.duplicates import Duplicates, Remembered, UnknownPhotosError
from imgsimd.errors import RequestError
from imgsimd.types import FilePath


class ApartRequest(RequestBody):
    """No two of these photos are duplicates of each other. With `undo`, forget that this was
    said."""

    paths: list[AbsolutePath] = Field(min_length=2, max_length=MOST_APART)
    undo: bool = False


@dataclass
class ApartAnswer:
    """How many pairs are remembered, or were forgotten."""

    pairs: int


@dataclass
class PairApart:
    """Two contents that are no duplicates: the paths of files that have them now. If both are the
    same content, `files` is how many files may have it; else 0."""

    first: list[PathText]
    second: list[PathText]
    files: int

    @classmethod
    def of(cls, pair: Remembered) -> PairApart:
        return cls(_texts(pair.first), _texts(pair.second), pair.files)


def routes(service: Duplicates) -> APIRouter:
    """To say it, to list it, and to take it back."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/not-duplicates")
    async def listed() -> list[PairApart]:
        """All pairs of which it was said, the latest last."""
        return [PairApart.of(pair) for pair in await service.decisions()]

    @router.post("/not-duplicates", responses=openapi.errors(404, 422))
    async def told(request: ApartRequest) -> ApartAnswer:
        """Remembers it by the photos' contents."""
        act = service.take_back if request.undo else service.tell_apart
        try:
            return ApartAnswer(await act(request.paths))
        except UnknownPhotosError as error:
            raise RequestError("unknown_picture", 404, str(error)) from error

    return router


def _texts(paths: Sequence[FilePath]) -> list[str]:
    return list(map(os.fsdecode, paths))
