"""Small JPEGs: of a picture that is sent, of an image in the gallery, or of another machine's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from imgsimd.client.limits import MOST_PIXELS
from imgsimd.control import openapi
from imgsimd.control.strict_json import StrictRoute, picture
from imgsimd.errors import RequestError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.pushing.sharing import Sharing
from imgsimd.shared_ids import SharedId, host_of, image_of

AnyId = Annotated[
    int,
    Path(ge=1, lt=2**63, description="id of an image, or its shared id where machines share"),
]
Pixels = Annotated[int, Query(ge=16, le=MOST_PIXELS, description="long side of the thumbnail")]


def routes(gallery: GalleryThread, indexer: Indexer, sharing: Sharing | None) -> APIRouter:
    """Thumbnails. `sharing`: None if the gallery is not shared."""
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
    async def thumbnail(image: AnyId, pixels: Pixels = 384) -> Response:
        """A small JPEG of an image in the gallery; of one of another machine, by its shared id, the
        one that it has stored, which has 256 pixels."""
        if (host := host_of(image)) and host != await gallery.peek(lambda g: g.answering.host):
            return _jpeg(await _elsewhere(SharedId(image)))
        path = await gallery.do(lambda g: g.answering.path(image_of(image)))
        if path is None:
            raise RequestError("not_found", 404, f"There is no image {image} in the gallery.")
        return _jpeg(await indexer.thumbnail_of(path, pixels))

    async def _elsewhere(image: SharedId) -> bytes:
        jpeg = await sharing.thumbnail(image) if sharing else None
        if jpeg is None:
            raise RequestError("not_found", 404, "No thumbnail of this photo is stored.")
        return jpeg

    return router


def _jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg")
