"""The images one after the other, or by their ids."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from imgsimd.client.limits import MOST_IMAGES
from imgsimd.control import openapi
from imgsimd.control.fields import Id, PathText, Whole
from imgsimd.control.routes.filter_fields import ConditionFields
from imgsimd.control.strict_json import StrictRoute
from imgsimd.gallery.catalog.image_records import ImageRecord
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.listing import Order, Page, Place
from imgsimd.gallery.selection import Selection
from imgsimd.search.similar import Similar
from imgsimd.words import camera

Cursor = Annotated[
    str,
    Field(
        pattern=r"^-?[0-9]{1,18}\.[0-9]{1,18}$",
        description="`next` of the answer before: what comes after it is listed",
    ),
]


class ImagesRequest(ConditionFields):
    """Which images are listed: those of these ids, or all, that meet all conditions.

    The newest comes first: the one that was added last, or taken last. Images that are added while
    a caller goes from page to page are not listed, or in their place: nothing is listed twice or
    left out.
    """

    ids: list[Id] | None = Field(default=None, max_length=MOST_IMAGES)
    order: Literal["added", "taken"] = "added"
    after: Cursor | None = None
    limit: Whole = Field(default=MOST_IMAGES, ge=1, le=MOST_IMAGES)

    def to_place(self) -> Place | None:
        """Where the page begins."""
        return None if self.after is None else Place(*map(int, self.after.split(".")))


@dataclass
class ImageAnswer:
    """An image. Null stands for what its file does not say, or nobody has read. `pixels` are width
    and height of the upright picture; `taken` is ISO 8601 in local time; `camera` is maker and
    model."""

    id: int
    path: PathText
    bytes: int
    mtime_ns: int
    pixels: list[int] | None
    format: str | None
    taken: str | None
    camera: str | None

    @classmethod
    def of(cls, record: ImageRecord) -> ImageAnswer:
        width, height = record.width, record.height
        return cls(
            id=record.id,
            path=os.fsdecode(record.path),
            bytes=record.bytes,
            mtime_ns=record.mtime_ns,
            pixels=None if width is None or height is None else [width, height],
            format=record.format,
            taken=record.taken,
            camera=camera(record.make or "", record.model or "") or None,
        )


@dataclass
class ImagesAnswer:
    """Images, the newest first. `next` is null if these are the last."""

    images: list[ImageAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page) -> ImagesAnswer:
        following = None if page.last is None else f"{page.last.value}.{page.last.id}"
        return cls(list(map(ImageAnswer.of, page.images)), following)


def routes(similar: Similar) -> APIRouter:
    """Listing images."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/images", responses=openapi.errors(422))
    async def images(request: ImagesRequest) -> ImagesAnswer:
        """The images that the request selects, page by page."""
        selection, place = request.to_selection(request.ids), request.to_place()
        order = Order(request.order)
        page = await similar.filtering.do(_page, selection, order, place, request.limit)
        return ImagesAnswer.of(page)

    return router


def _page(
    gallery: Gallery, wanted: Selection, order: Order, before: Place | None, limit: int
) -> Page:
    return gallery.listing.page(wanted, order, before, limit)
