"""Refuses requests that `access` does not admit, and tells browsers what the pages may do."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgsimd.web import neighbours
from imgsimd.web.access import Access, Admitted, Asked, Refused, SentOn

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # With `no-referrer`, browsers would send `Origin: null` with our own forms (Fetch standard).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer."""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>imgsimd</title>
</head>
<body>
<main>
<h1>imgsimd</h1>
<p>{sentence}</p>
</main>
</body>
</html>
"""
"""For a stranger: without a style sheet, since that would have to be admitted, too."""


class AccessMiddleware:
    """Answers itself what is not admitted."""

    def __init__(self, app: ASGIApp, access: Access, on_admitted: Callable[[], None]) -> None:
        """`on_admitted` is called before each request that is."""
        self._app = app
        self._access = access
        self._on_admitted = on_admitted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        decision = self._access.decide(_asked(scope))
        if isinstance(decision, Admitted):
            self._on_admitted()
            await self._app(scope, receive, with_headers)
        else:
            await _answer(decision)(scope, receive, with_headers)


def _asked(scope: Scope) -> Asked:
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    ]
    query = scope["query_string"].decode("latin-1")
    return Asked(
        scope["method"],
        scope["path"],
        query,
        headers,
        is_ours=lambda: neighbours.is_ours(scope["client"], scope["server"]),
    )


def _answer(decision: SentOn | Refused) -> Response:
    if isinstance(decision, Refused):
        page = _PAGE.format(sentence=escape(decision.sentence))
        return HTMLResponse(page, decision.status)
    response = RedirectResponse(decision.address, 303)
    if decision.cookie:
        response.headers["Set-Cookie"] = decision.cookie
    return response
