"""Every failure as `{"error": {"code", "message"}}`: a sentence, never a traceback."""

from __future__ import annotations

import logging

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from imgsimd.control.answers import error_body
from imgsimd.errors import ImgsimdError, RequestError
from imgsimd.words import of_system

log = logging.getLogger(__name__)

MOST_WRONG = 3
"""How many mistakes of one request the message names."""
_CODES = {404: "not_found", 405: "wrong_method", 413: "too_large"}
"""For what FastAPI refuses by itself, by status."""


async def on_error(request: Request, error: Exception) -> Response:
    """The answer to a request that failed. Only faults of imgsimd are logged with a traceback."""
    told = _told(request, error)
    headers = None
    if isinstance(error, HTTPException):
        headers = _allowed(request) or error.headers
    return Response(error_body(told), told.status, headers, "application/json")


def _told(request: Request, error: Exception) -> ImgsimdError:
    """The error that the caller is told of."""
    if isinstance(error, ImgsimdError):
        return error
    if isinstance(error, RequestValidationError):
        return RequestError("bad_request", 422, _in_words(error))
    if isinstance(error, HTTPException):
        code = _CODES.get(error.status_code, "bad_request")
        return RequestError(code, error.status_code, f"{error.detail}.")
    if isinstance(error, OSError):
        message = f"The system refuses what imgsimd needs: {of_system(error)}. Try again."
        log.warning("%s %s: %s", request.method, request.url.path, message)
        return RequestError("unavailable", 503, message)
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return RequestError("internal", 500, "Internal error in imgsimd; its log has the details.")


def _allowed(request: Request) -> dict[str, str] | None:
    """All methods of the path: FastAPI names those of its first route only."""
    methods = request.app.openapi()["paths"].get(request.url.path)
    return {"allow": ", ".join(methods).upper()} if methods else None


def _in_words(error: RequestValidationError) -> str:
    """The first mistakes: there may be one for each number of a vector."""
    wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:MOST_WRONG]]
    return f"Bad request: {'; '.join(wrong)}."
