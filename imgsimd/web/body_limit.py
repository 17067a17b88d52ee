"""Refuses requests with more bytes than their address takes."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgsimd.words import of_bytes

MOST_BYTES = 2**20
"""Of a form or of JSON: a thousand ids and a thousand long paths fit."""


class BodyLimitMiddleware:
    """Whoever reads the body gets HTTPException 413, also one whose length was not said."""

    def __init__(self, app: ASGIApp, most: Callable[[str], int]) -> None:
        """`most` says how many bytes an address takes."""
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most, got = self._most(scope["path"]), 0
        said = int(dict(scope["headers"]).get(b"content-length", 0))  # h11 has checked it

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if max(got, said) > most:
                raise _too_large(most)
            return message

        await self._app(scope, counted, send)


def _too_large(most: int) -> HTTPException:
    sentence = f"That is too large: {of_bytes(most)} at most."
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
