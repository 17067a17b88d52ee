"""The page that says what lies in the watched folders and is not indexed, and why."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imgsimd import skips
from imgsimd.installed import adding
from imgsimd.web.browsing import Browsing
from imgsimd.web.turning import Turning

ROWS = 100
"""On one page. There are at most some hundreds for each watched folder."""


def routes(browsing: Browsing) -> list[Route]:
    """The page."""

    def show(request: Request) -> Response:
        found = sorted(browsing.client.skipped(), key=lambda skip: -skip.files)
        return browsing.render(
            request,
            "skipped.html",
            part_of="state",
            rows=Turning(found, request.query_params.get("page", ""), ROWS),
            files=sum(skip.files for skip in found),
            words=skips.in_words,
            adding=adding,
        )

    return [Route("/skipped", show)]
