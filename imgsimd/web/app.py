"""All pages together."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from imgsimd import locations
from imgsimd.client import Client
from imgsimd.web import (
    compare,
    duplicates,
    errors,
    failed,
    photo,
    pictures,
    results,
    reveal,
    skipped,
    start,
    state,
)
from imgsimd.web.access import Access
from imgsimd.web.access_middleware import AccessMiddleware
from imgsimd.web.asked_pictures import AskedPictures
from imgsimd.web.body_limit import MOST_BYTES, BodyLimitMiddleware
from imgsimd.web.browsing import Browsing
from imgsimd.web.live import Live
from imgsimd.web.rendering import Rendering
from imgsimd.web.thumbnail_cache import ThumbnailCache
from imgsimd.web.thumbnails import Thumbnails
from imgsimd.web.uploads import Uploads

PAGES: Sequence[Callable[[Browsing], Sequence[Route]]] = (
    start.routes,
    results.routes,
    pictures.routes,
    photo.routes,
    compare.routes,
    duplicates.routes,
    reveal.routes,
    state.routes,
    failed.routes,
    skipped.routes,
)
"""The addresses that each module answers."""
NAVIGATION = (("start", "Start"), ("duplicates", "Duplicates"), ("state", "State"))
"""Address and name of the pages that every page links to."""
UPLOADS = ("upload", "upload-form")
"""The addresses that take pictures, and so more bytes than others."""
STATIC = os.path.join(os.path.dirname(__file__), "static")
# Whatever the machine's own table says; browsers refuse other types.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/css", ".css")
mimetypes.add_type("image/svg+xml", ".svg")


def app(
    client: Client,
    max_bytes: int,
    access: Access,
    live: Live,
    uploads: Uploads,
    report: Callable[[Exception], str],
) -> ASGIApp:
    """The pages, for those whom `access` admits. `report` makes a sentence of a bug, `max_bytes` is
    the size of the largest picture that can be asked about."""
    kept = ThumbnailCache(locations.thumbnails())
    browsing = Browsing(
        client,
        Rendering(NAVIGATION),
        max_bytes,
        uploads,
        AskedPictures(client, uploads),
        Thumbnails(kept),
    )
    routes = [*live.routes(), *(route for page in PAGES for route in page(browsing))]
    static = Mount("/static", StaticFiles(directory=STATIC))

    def begin(request: Request) -> Response:
        return RedirectResponse(NAVIGATION[0][0], 303)

    def most(path: str) -> int:
        return max_bytes if path.removeprefix(f"/{access.place}/") in UPLOADS else MOST_BYTES

    pages = Starlette(
        routes=[Mount(f"/{access.place}", routes=[Route("/", begin), static, *routes])],
        middleware=[Middleware(BodyLimitMiddleware, most)],
        exception_handlers=errors.handlers(browsing, report),
    )
    return AccessMiddleware(pages, access, live.visitors.seen)
