"""The page that says how imgsimd is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imgsimd.web.browsing import Browsing


def routes(browsing: Browsing) -> list[Route]:
    """The page."""

    def show(request: Request) -> Response:
        return browsing.render(request, "state.html", status=browsing.client.status())

    return [Route("/state", show)]
