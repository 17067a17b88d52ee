"""How many images there are in each folder, of each month, format or camera."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from imgsimd.client.limits import MOST_COUNTED, MOST_COUNTS
from imgsimd.control import openapi
from imgsimd.control.fields import AbsolutePath, Id
from imgsimd.control.routes.filter_fields import ConditionFields
from imgsimd.control.strict_json import StrictRoute
from imgsimd.errors import RequestError
from imgsimd.gallery.counting import Count, Division
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.selection import Selection
from imgsimd.search.similar import Similar
from imgsimd.types import FilePath


class CountsRequest(ConditionFields):
    """Which images are counted: those of these ids, or all, that meet all conditions. By `folder`,
    those in the folder `parent` are told apart, or without one the watched folders."""

    by: Literal["folder", "month", "format", "camera"]
    parent: AbsolutePath | None = None
    ids: list[Id] | None = Field(default=None, max_length=MOST_COUNTED)

    def check(self) -> None:
        """Raises RequestError where the fields do not fit together."""
        if self.parent is not None and self.by != "folder":
            raise RequestError("bad_request", 400, f"`parent` means nothing by {self.by}.")


@dataclass
class CountAnswer:
    """So many images have this in common: a folder, in which they lie at any depth (`own`: in none
    below it); a month, as `2021-05`; a format; or maker and model of a camera. Of some, format or
    camera are not known: then the value is null."""

    value: str | None
    count: int
    own: int | None

    @classmethod
    def of(cls, count: Count) -> CountAnswer:
        value = os.fsdecode(count.value) if isinstance(count.value, bytes) else count.value
        return cls(value, count.images, count.own)


@dataclass
class CountsAnswer:
    """Folders by path, months by time, formats and cameras with the most images first. Of more
    than 10,000, so many are left out at the end."""

    counts: list[CountAnswer]
    left_out: int

    @classmethod
    def of(cls, counts: Sequence[Count]) -> CountsAnswer:
        listed = list(map(CountAnswer.of, counts[:MOST_COUNTS]))
        return cls(listed, len(counts) - len(listed))


def routes(similar: Similar) -> APIRouter:
    """Counting images."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/counts", responses=openapi.errors(422))
    async def counts(request: CountsRequest) -> CountsAnswer:
        """How many of the images that the request selects have a folder, a month, a format or a
        camera in common."""
        request.check()
        selection, by = request.to_selection(request.ids), Division(request.by)
        found = await similar.filtering.do(_counts, selection, by, request.parent)
        return CountsAnswer.of(found)

    return router


def _counts(
    gallery: Gallery, wanted: Selection, by: Division, parent: FilePath | None
) -> list[Count]:
    return gallery.counting.count(wanted, by, parent)
