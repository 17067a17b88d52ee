"""Every failure in one form: `{"error": {"code", "message"}}`, a sentence without a traceback."""

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
"""Mistakes of one request that are told."""
_CODES = {404: "not_found", 405: "wrong_method", 413: "too_large"}
"""Of what FastAPI refuses by itself."""


async def on_error(request: Request, error: Exception) -> Response:
    """Every failure in one form; only those of our own making are logged with a traceback."""
    told = _told(request, error)
    headers = None
    if isinstance(error, HTTPException):
        headers = _allowed(request) or error.headers
    return Response(error_body(told), told.status, headers, "application/json")


def _told(request: Request, error: Exception) -> ImgsimdError:
    """What the caller is told."""
    if isinstance(error, ImgsimdError):
        return error
    if isinstance(error, RequestValidationError):
        return RequestError("bad_request", 422, _in_words(error))
    if isinstance(error, HTTPException):
        code = _CODES.get(error.status_code, "bad_request")
        return RequestError(code, error.status_code, f"{error.detail}.")
    if isinstance(error, OSError):
        message = f"imgsimd gets too little from the system: {of_system(error)}. Try again."
        log.warning("%s %s: %s", request.method, request.url.path, message)
        return RequestError("unavailable", 503, message)
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return RequestError("internal", 500, "imgsimd made a mistake; its log has the details.")


def _allowed(request: Request) -> dict[str, str] | None:
    """The methods that the path knows: FastAPI names those of its first route only."""
    methods = request.app.openapi()["paths"].get(request.url.path)
    return {"allow": ", ".join(methods).upper()} if methods else None


def _in_words(error: RequestValidationError) -> str:
    """The first things that are wrong: there may be one for each number of a vector."""
    wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:MOST_WRONG]]
    return f"The request is wrong: {'; '.join(wrong)}."
