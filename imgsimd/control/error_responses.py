"""Every failure in one form: `{"error": {"code", "message"}}`, a sentence without a traceback."""

from __future__ import annotations

import json
import logging
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from imgsimd.errors import ImgsimdError, RequestError
from imgsimd.words import of_system

log = logging.getLogger(__name__)

MOST_WRONG = 3
"""Mistakes of one request that are told."""
_CODES = {404: "not_found", 405: "wrong_method", 413: "too_large"}
"""Of what FastAPI refuses by itself."""


class Json(JSONResponse):
    """ASCII only, so that paths which are not UTF-8 survive (as lone surrogates, escaped)."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


async def on_error(request: Request, error: Exception) -> Response:
    """Every failure in one form; only those of our own making are logged with a traceback."""
    detail: dict[str, Any]
    headers = None
    if isinstance(error, RequestValidationError):
        status, detail = 422, {"code": "bad_request", "message": _in_words(error)}
    elif isinstance(error, HTTPException):
        status, headers = error.status_code, _allowed(request) or error.headers
        detail = {"code": _CODES.get(status, "bad_request"), "message": f"{error.detail}."}
    elif isinstance(error, ImgsimdError):
        status, detail = error.status, {"code": error.code, "message": str(error)}
        if isinstance(error, RequestError) and error.queries:
            detail["queries"] = error.queries
    elif isinstance(error, OSError):
        message = f"imgsimd gets too little from the system: {of_system(error)}. Try again."
        log.warning("%s %s: %s", request.method, request.url.path, message)
        status, detail = 503, {"code": "unavailable", "message": message}
    else:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        message = "imgsimd made a mistake; its log has the details."
        status, detail = 500, {"code": "internal", "message": message}
    return Json({"error": detail}, status_code=status, headers=headers)


def _allowed(request: Request) -> dict[str, str] | None:
    """The methods that the path knows: FastAPI names those of its first route only."""
    methods = request.app.openapi()["paths"].get(request.url.path)
    return {"allow": ", ".join(methods).upper()} if methods else None


def _in_words(error: RequestValidationError) -> str:
    """The first things that are wrong: there may be one for each number of a vector."""
    wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:MOST_WRONG]]
    return f"The request is wrong: {'; '.join(wrong)}."
