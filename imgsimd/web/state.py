"""The page that says how imgsimd is, and pauses or resumes it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imgsimd.web import address_number, figures
from imgsimd.web.browsing import Browsing
from imgsimd.words import counted

PAGES_OF_PROBLEMS = {
    "photos_failed": ("failed", "See which, and why"),
    "photos_damaged": ("failed?kind=damaged", "See which"),
    "files_skipped": ("skipped", "See what these are"),
}
"""Address and name of the page that says more about a problem than a command would."""
MOST_RETRIED = 10**18 - 1
"""Nobody has more pictures."""


def routes(browsing: Browsing) -> list[Route]:
    """The page, and what its buttons do."""
    client = browsing.client

    def show(request: Request) -> Response:
        status = client.status()
        retried = address_number.read(request.query_params.get("retried", ""))
        return browsing.render(
            request,
            "state.html",
            status=status,
            figures=figures.of_status(status),
            pages_of_problems=PAGES_OF_PROBLEMS,
            said=_retried(retried),
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


def _retried(number: int | None) -> str:
    """What was begun; empty if that was nothing, or the address was made up."""
    if number is None or number > MOST_RETRIED:
        return ""
    if not number:
        return "There is nothing to try again."
    return f"Trying {counted(number, 'picture')} again, in the background."
