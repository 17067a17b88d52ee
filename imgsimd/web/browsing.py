"""What all pages share."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from imgsimd.client import Client
from imgsimd.web.asked_pictures import AskedPictures
from imgsimd.web.rendering import Rendering
from imgsimd.web.thumbnails import Thumbnails
from imgsimd.web.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Browsing:
    """What all pages share. It is used from several threads."""

    client: Client
    rendering: Rendering
    max_bytes: int
    """Size of the largest picture that can be asked about."""
    uploads: Uploads
    asked: AskedPictures
    thumbnails: Thumbnails

    def render(
        self,
        request: Request,
        template: str,
        status_code: int = HTTPStatus.OK,
        **context: object,
    ) -> Response:
        """The page that a template makes of its context. In every template, `here` is the address
        of the page without its query, and `base` what an address relative to the pages begins
        with."""
        below = request.url.path.removeprefix(request.scope.get("root_path", "")).strip("/")
        base = "../" * below.count("/")
        html = self.rendering.html(template, here=below, base=base, **context)
        return HTMLResponse(html, status_code)
