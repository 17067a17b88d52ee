"""The page that says how imgsimd is, and pauses or resumes it."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imgsimd.web import figures
from imgsimd.web.browsing import Browsing
from imgsimd.words import counted

PAGES_OF_PROBLEMS = {
    "photos_failed": ("failed", "See which, and why"),
    "photos_damaged": ("failed?kind=damaged", "See which"),
    "files_skipped": ("skipped", "See what these are"),
}
"""Address and name of the page that says more about a problem than a command would."""
_NUMBER = re.compile(r"[0-9]{1,18}")


def routes(browsing: Browsing) -> list[Route]:
    """The page, and what its buttons do."""
    client = browsing.client

    def show(request: Request) -> Response:
        status = client.status()
        retried = request.query_params.get("retried", "")
        return browsing.render(
            request,
            "state.html",
            status=status,
            figures=figures.of_status(status),
            pages_of_problems=PAGES_OF_PROBLEMS,
            said=_retried(int(retried)) if _NUMBER.fullmatch(retried) else "",
        )

    def pause(request: Request) -> Response:
        client.pause()
        return RedirectResponse("state", 303)

    def resume(request: Request) -> Response:
        client.resume()
        return RedirectResponse("state", 303)

    return [
        Route("/state", show),
        Route("/pause", pause, methods=["POST"]),
        Route("/resume", resume, methods=["POST"]),
    ]


def _retried(number: int) -> str:
    if not number:
        return "There is nothing to try again."
    return f"Trying {counted(number, 'picture')} again, in the background."
