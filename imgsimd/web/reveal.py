"""Shows a photo in the file manager."""

from __future__ import annotations

import os

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgsimd.errors import RequestError
from imgsimd.web.browsing import Browsing
from imgsimd.words import printable


def routes(browsing: Browsing) -> list[Route]:
    """What the key `r` asks for."""

    def reveal(request: Request) -> Response:
        path = browsing.asked.find(request.query_params.get("of", "")).path
        if path is None:
            raise RequestError("bad_request", 400, "This picture is not in a folder of yours.")
        return JSONResponse({"sentence": _shown(path)})

    return [Route("/reveal", reveal, methods=["POST"])]


def _shown(path: str) -> str:
    """Shows it, and says what has happened. Raises RequestError where there is no such file."""
    if not os.path.lexists(path):
        raise RequestError("not_found", 404, f"{printable(path)} is not there any more.")
    from imgsimd.web import file_manager  # jeepney: rarely needed

    if file_manager.show(path):
        return "Shown in the file manager."
    return f"No file manager answers. The photo is in {printable(os.path.dirname(path))}."
