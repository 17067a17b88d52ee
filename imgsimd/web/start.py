"""The page on which a picture is given, or one of the newest photos chosen."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imgsimd.errors import BadPictureError
from imgsimd.web import thumbnails, uploads
from imgsimd.web.browsing import Browsing
from imgsimd.web.search import PAGE, Search

PIXELS = 384
"""Of the thumbnails."""
# It prints a warning where a form is broken, which the page says, too.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def routes(browsing: Browsing) -> list[Route]:
    """The page, and the way to give a picture without JavaScript."""

    def show(request: Request) -> Response:
        after = request.query_params.get("after")
        found = browsing.client.images(after=after, limit=PAGE)
        return browsing.render(
            request,
            "start.html",
            photos=found.images,
            is_first=after is None,
            next=f"start?{urlencode({'after': found.next})}" if found.next else "",
            thumbnail=lambda photo: thumbnails.of_photo(photo, PIXELS),
        )

    async def upload(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=0) as form:
            given = form.get("picture")
            if not isinstance(given, UploadFile) or not given.filename:
                raise BadPictureError("Choose a picture first.")
            picture = uploads.arriving(given.filename, browsing.max_bytes)
            while piece := await given.read(uploads.READ_BYTES):
                picture.add(piece)
        await run_in_threadpool(browsing.uploads.accept, picture)
        return RedirectResponse(Search(of=(f"u{picture.digest}",)).address(), 303)

    return [Route("/start", show), Route("/upload-form", upload, methods=["POST"])]
