"""The pictures on the pages, and those that the pages are given.

Where there is no picture, its place says why: an error would leave a broken image there.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from http import HTTPStatus

from markupsafe import escape
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgsimd.errors import ImgsimdError, RequestError
from imgsimd.web import thumbnails, uploads
from imgsimd.web.asked_pictures import AskedPicture, shared_id
from imgsimd.web.browsing import Browsing
from imgsimd.web.thumbnails import PIXELS
from imgsimd.words import printable

FOREVER = "private, max-age=31536000, immutable"
"""An address with a version shows the same for ever."""
FOR_AN_HOUR = "private, max-age=3600"
"""A thumbnail that another machine has stored, whose version nobody here knows."""
ASK_AGAIN = "private, no-cache"
"""The browser keeps it, but asks each time whether it is still the same."""
NEVER = "no-store"
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300">
<title>{sentence}</title>
<g font-family="system-ui, sans-serif" font-size="19" fill="#7d786e" text-anchor="middle">
{lines}
</g>
</svg>
"""
_LINE = '<text x="200" y="{y}">{text}</text>'
_LINE_CHARACTERS, _MOST_LINES, _LINE_HEIGHT = 36, 8, 28


def routes(browsing: Browsing) -> Sequence[Route]:
    """Thumbnails and uploads."""

    def thumbnail(request: Request) -> Response:
        query = request.query_params
        pixels = _pixels(query.get("pixels", ""))
        seen = request.headers.get("if-none-match", "")
        try:
            return _thumbnail(browsing, query.get("of", ""), pixels, query.get("v", ""), seen)
        except ImgsimdError as error:
            return _without_picture(str(error))

    async def upload(request: Request) -> Response:
        picture = uploads.arriving(request.query_params.get("name", ""), browsing.max_bytes)
        async for piece in request.stream():
            picture.add(piece)
        await run_in_threadpool(browsing.uploads.accept, picture)
        answer = {"picture": f"u{picture.digest}", "name": printable(picture.name)}
        return JSONResponse(answer, HTTPStatus.CREATED)

    return Route("/thumbnail", thumbnail), Route("/upload", upload, methods=["POST"])


def _thumbnail(browsing: Browsing, of: str, pixels: int, version: str, seen: str) -> Response:
    """The answer to a browser that wants this `version`, or any if that is empty, and has `seen`
    the one with this tag. Raises ImgsimdError where there is no picture."""
    if (elsewhere := shared_id(of)) is not None:
        jpeg = browsing.client.thumbnail(elsewhere, pixels)
        return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": FOR_AN_HOUR})
    if version and seen == _tag(version, pixels):
        return Response(status_code=HTTPStatus.NOT_MODIFIED)
    if version and (kept := browsing.thumbnails.kept(version, pixels)):
        return _jpeg(kept, version, pixels, FOREVER)
    picture = browsing.asked.find(of)
    caching = FOREVER if version == picture.version else ASK_AGAIN
    if seen == _tag(picture.version, pixels):
        return Response(status_code=HTTPStatus.NOT_MODIFIED)
    return _made(browsing, picture, pixels, caching)


def _made(browsing: Browsing, picture: AskedPicture, pixels: int, caching: str) -> Response:
    """The thumbnail, which is written to the disk after it was sent; but not where the file has
    changed since it was indexed: then this is a picture of another version, which has no name yet.
    """
    if picture.photo is None:
        return _jpeg(_thumbnail_of(browsing, picture, pixels), picture.version, pixels, caching)
    if kept := browsing.thumbnails.kept(picture.version, pixels):
        return _jpeg(kept, picture.version, pixels, caching)
    before = thumbnails.change(picture.photo)
    jpeg = _thumbnail_of(browsing, picture, pixels)
    if before is None or before != thumbnails.change(picture.photo):
        return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": NEVER})
    response = _jpeg(jpeg, picture.version, pixels, caching)
    keep = browsing.thumbnails.keep
    response.background = BackgroundTask(keep, picture.version, pixels, jpeg)
    return response


def _thumbnail_of(browsing: Browsing, picture: AskedPicture, pixels: int) -> bytes:
    """Raises BadPictureError."""
    if picture.photo is not None:
        return browsing.client.thumbnail(picture.photo.id, pixels)
    if isinstance(picture.source, uploads.Upload) and pixels == uploads.PIXELS:
        return picture.source.thumbnail
    return browsing.client.thumbnail_of(picture.source, pixels)


def _jpeg(content: bytes, version: str, pixels: int, caching: str) -> Response:
    headers = {"Cache-Control": caching, "ETag": _tag(version, pixels)}
    return Response(content, media_type="image/jpeg", headers=headers)


def _tag(version: str, pixels: int) -> str:
    return f'"{version}-{pixels}"'


def _without_picture(sentence: str) -> Response:
    """A picture of the sentence. Its status says success, since nothing else is wrong with the
    page."""
    lines = textwrap.wrap(printable(sentence), _LINE_CHARACTERS)[:_MOST_LINES]
    top = 150 - _LINE_HEIGHT * (len(lines) - 1) // 2
    texts = [_LINE.format(y=top + n * _LINE_HEIGHT, text=escape(s)) for n, s in enumerate(lines)]
    svg = _SVG.format(sentence=escape(printable(sentence)), lines="\n".join(texts))
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": NEVER})


def _pixels(text: str) -> int:
    """Raises RequestError."""
    if text not in map(str, PIXELS):
        sizes = ", ".join(map(str, PIXELS))
        raise RequestError("bad_request", 400, f"There are thumbnails of {sizes} pixels only.")
    return int(text)
