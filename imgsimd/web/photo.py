"""The page of one photo: large, with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imgsimd.client import file_facts
from imgsimd.web import thumbnails
from imgsimd.web.asked_pictures import AskedPicture
from imgsimd.web.browsing import Browsing

if TYPE_CHECKING:
    from imgsimd.client.file_records import FileRecord
    from imgsimd.client.images import ImageRecord

MOST_COPIES = 20
"""Copies that are named."""
CARD_PIXELS = 384
LARGE_PIXELS = (768, 2048)
"""Of the photo itself, for small and large screens."""


@dataclass(frozen=True, slots=True)
class Near:
    """A photo that looks like it."""

    photo: ImageRecord
    similarity: float
    distance: float


def routes(browsing: Browsing) -> list[Route]:
    """The page."""

    def show(request: Request) -> Response:
        picture = browsing.asked.find(request.query_params.get("of", ""))
        return _page(request, browsing, picture)

    return [Route("/photo", show)]


def _page(request: Request, browsing: Browsing, picture: AskedPicture) -> Response:
    record = None if picture.path is None else browsing.client.show(picture.path)
    return browsing.render(
        request,
        "photo.html",
        picture=picture,
        size=picture.photo and picture.photo.pixels,
        sources=_sources(picture),
        record=record,
        facts=[] if record is None else [*file_facts.state(record), *file_facts.facts(record)],
        copies=[] if record is None else _copies(record),
        nearest=[] if record is None else list(_nearest(browsing, record)),
        thumbnail=lambda photo: thumbnails.of_photo(photo, CARD_PIXELS),
    )


def _sources(picture: AskedPicture) -> str:
    """An `srcset`: the widths of the thumbnails, of which none is wider than the photo itself.
    Empty where that is not known."""
    if picture.photo is None or picture.photo.pixels is None:
        return ""
    width, longest = picture.photo.pixels[0], max(picture.photo.pixels)
    widths = {
        round(width * min(1, pixels / longest)): picture.thumbnail_address(pixels)
        for pixels in reversed(LARGE_PIXELS)  # the smaller one, if both are as wide
    }
    return ", ".join(f"{address} {width}w" for width, address in widths.items())


def _copies(record: FileRecord) -> list[tuple[str, int]]:
    """Paths and ids of the first ones."""
    both = zip(record.copies.paths, record.copies.ids, strict=False)
    return list(both)[:MOST_COPIES]


def _nearest(browsing: Browsing, record: FileRecord) -> Iterator[Near]:
    """Those that are still there."""
    photos = browsing.client.records([near.id for near in record.nearest])
    for near in record.nearest:
        if near.id in photos:
            yield Near(photos[near.id], near.similarity, near.distance)
