"""What the OpenAPI document says beyond what FastAPI finds in the routes: errors, bodies that are
not JSON, and the route of the document itself."""

from __future__ import annotations

from typing import Any, TypeAlias

from fastapi import APIRouter, Request

from imgsimd.control.answers import ErrorAnswer
from imgsimd.control.strict_json import StrictRoute

Responses: TypeAlias = dict[int | str, dict[str, Any]]

ERRORS = {
    400: "The request breaks the rules of HTTP or JSON, or does not fit the model (`bad_request`); "
    "a model (`model`) or the configuration (`config`) cannot be used; the queries of a question "
    "cancel each other out (`nothing_left`), or have a vector by another model than the one that "
    "answers (`model_changed`); the gallery is not shared with this machine (`unknown_host`).",
    404: "There is no such image (`not_found`), or the gallery does not have that picture "
    "(`unknown_picture`).",
    408: "The request did not arrive in time (`too_slow`).",
    409: "The gallery is not shared with other machines (`not_shared`).",
    413: "The request has too many bytes (`too_large`).",
    422: "A value is not of its type or within its bounds (`bad_request`), or the bytes are no "
    "picture that can be read (`bad_picture`).",
    500: "A fault of imgsimd, whose log has the details (`internal`).",
    503: "Not now: too many callers or requests (`busy`), imgsimd is not healthy "
    "(`unhealthy`, only `/v1/health`), the daemon is stopping (`stopping`), or stops because its "
    "state directory was removed or replaced (`disowned`), the database (`catalog`), the embedding "
    "worker (`worker`), the server that machines share (`store`) or the system (`unavailable`) "
    "does not work. Try again.",
}
"""What happened, and each `code` for it, by status."""


def errors(*statuses: int) -> Responses:
    """These errors, for a route's `responses`."""
    return {status: {"model": ErrorAnswer, "description": ERRORS[status]} for status in statuses}


def routes() -> APIRouter:
    """The document itself."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/openapi.json")
    async def openapi_json(request: Request) -> dict[str, Any]:
        """This document."""
        document: dict[str, Any] = request.app.openapi()
        return document

    return router


EVERYWHERE = errors(400, 408, 413, 500, 503)
"""Errors of any request. Most of them happen before its route is known."""
PICTURE = {
    "requestBody": {
        "description": "A picture file's bytes.",
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
JPEG: Responses = {
    200: {
        "description": "A small JPEG.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}
METRICS: Responses = {
    200: {
        "description": "Prometheus's text format, version 0.0.4.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}
SQLITE = "application/vnd.sqlite3"
DATABASE: Responses = {
    200: {
        "description": "A copy of the database.",
        "content": {SQLITE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
DUPLICATES: Responses = {
    200: {
        "description": "Server-Sent Events; each has JSON in `data`, an object with one field: "
        "`progress` (`stage`, `done`, `total`), `groups` (some more of them), `error`, or `end`.",
        "content": {"text/event-stream": {"schema": {"title": "Events"}}},
    }
}
EVENTS: Responses = {
    200: {
        "description": "Server-Sent Events without end; each has the status, as JSON, in `data`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
