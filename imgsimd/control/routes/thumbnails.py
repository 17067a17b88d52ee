"""Small JPEGs: of a picture that is sent, or of an image in the gallery."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from imgsimd.client.limits import MOST_PIXELS
from imgsimd.control import openapi
from imgsimd.control.fields import Id
from imgsimd.control.strict_json import StrictRoute, picture
from imgsimd.errors import RequestError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.types import ImageId

Image = Annotated[Id, Path()]
Pixels = Annotated[int, Query(ge=16, le=MOST_PIXELS, description="long side of the thumbnail")]


def routes(gallery: GalleryThread, indexer: Indexer) -> APIRouter:
    """Thumbnails."""
    router = APIRouter(route_class=StrictRoute)

    @router.post(
        "/thumbnails",
        response_class=Response,
        responses=openapi.JPEG | openapi.errors(422),
        openapi_extra=openapi.PICTURE,
    )
    async def thumbnails(request: Request, pixels: Pixels = 384) -> Response:
        """A small JPEG of the picture in the body."""
        return _jpeg(await indexer.thumbnail(picture(request), pixels))

    @router.get(
        "/images/{image}/thumbnail",
        response_class=Response,
        responses=openapi.JPEG | openapi.errors(404, 422),
    )
    async def thumbnail(image: Image, pixels: Pixels = 384) -> Response:
        """A small JPEG of an image in the gallery."""
        path = await gallery.do(lambda g: g.answering.path(ImageId(image)))
        if path is None:
            raise RequestError("not_found", 404, f"There is no image {image} in the gallery.")
        return _jpeg(await indexer.thumbnail_of(path, pixels))

    return router


def _jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg")
