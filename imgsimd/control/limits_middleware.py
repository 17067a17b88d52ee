"""How many requests may be under way, and how large and how slow each may be."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgsimd import file_faults
from imgsimd.control.http_connection import refuse
from imgsimd.control.spool import Spool
from imgsimd.errors import RequestError

BODY = "imgsimd.body"
"""The key of the body's Spool in an ASGI scope."""

MAX_BODY = 512 * 2**20
"""Bytes. The default; the daemon uses `max_bytes`, whose default is the same."""
LARGE_BODY_BYTES = 64 * 2**20
"""More than a camera's JPEG of 100 megapixels has. Larger bodies are received one at a time, so
that all bodies together take at most 2 GiB and one picture."""
BODY_SECONDS = 30.0
"""From the request's head to the last byte of its body; a larger body may take a second more for
each BYTES_A_SECOND."""
BYTES_A_SECOND = 2 * 2**20
APP_BYTES = 2**20
"""How much of a body the app is given at once."""
MAX_REQUESTS = 32
"""Under way at once, event streams included: each may have a body."""


class Limits:
    """ASGI middleware: the app behind it gets whole bodies only, and not too many at once.

    It reads the body before the app runs, within one deadline and one limit of size, so that the
    app never waits for a caller. The app gets it as `scope[BODY]`, a Spool, and like any ASGI body.
    Requests beyond a limit are refused: 413 `too_large`, 408 `too_slow` or 503 `busy`. Answers,
    event streams included, may take any time.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_body: int = MAX_BODY,
        body_seconds: float = BODY_SECONDS,
        max_requests: int = MAX_REQUESTS,
        large: int = LARGE_BODY_BYTES,
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._body_seconds = body_seconds
        self._max_requests = max_requests
        self._large = large
        self._room = asyncio.Lock()
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._under_way += 1
        try:
            async with AsyncExitStack() as held:
                body = held.enter_context(Spool())
                try:
                    is_whole = await self._admit(scope, receive, body, held)
                except RequestError as error:
                    await refuse(send, error)
                else:
                    if is_whole:
                        await self._app({**scope, BODY: body}, _replay(body, receive), send)
        finally:
            self._under_way -= 1

    async def _admit(
        self, scope: Scope, receive: Receive, body: Spool, held: AsyncExitStack
    ) -> bool:
        """Receives the body. False: the caller left before its end. Raises RequestError."""
        if self._under_way > self._max_requests:
            raise RequestError("busy", 503, "The daemon has too many requests: try again soon.")
        self._check(int(dict(scope["headers"]).get(b"content-length", b"0")), is_all=True)
        try:
            return await self._receive(receive, body, held)
        except TimeoutError:
            raise RequestError(
                "too_slow", 408, f"The request took more than {self._body_seconds:g} s to arrive."
            ) from None
        except OSError as error:
            raise RequestError(
                "busy", 503, f"The daemon has no memory for the request: {error.strerror}."
            ) from error

    async def _receive(self, receive: Receive, body: Spool, held: AsyncExitStack) -> bool:
        async with asyncio.timeout(self._body_seconds) as clock:
            due = asyncio.get_running_loop().time() + self._body_seconds
            is_large = False
            while (message := await receive())["type"] == "http.request":
                body.write(message.get("body", b""))
                self._check(body.size)
                if body.size > self._large and not is_large:
                    due += await self._turn(clock, held)
                    is_large = True
                if not message.get("more_body", False):
                    return True
                clock.reschedule(due + body.size / BYTES_A_SECOND)
        return False

    async def _turn(self, clock: asyncio.Timeout, held: AsyncExitStack) -> float:
        """Waits until no other large body is here. Returns how many seconds that took."""
        begun = asyncio.get_running_loop().time()
        clock.reschedule(None)  # the caller must not pay for the others
        try:
            async with asyncio.timeout(self._body_seconds):
                await held.enter_async_context(self._room)
        except TimeoutError:
            raise RequestError(
                "busy", 503, "The daemon is busy with another large picture: try again soon."
            ) from None
        return asyncio.get_running_loop().time() - begun

    def _check(self, size: int, is_all: bool = False) -> None:
        if size > self._max_body:
            fault = file_faults.too_large(self._max_body, size if is_all else None)
            raise RequestError("too_large", 413, str(fault))


def _replay(body: Spool, receive: Receive) -> Receive:
    """A `receive` that gives the body again, and then whatever the caller does."""
    sent, is_over = 0, False

    async def next_message() -> Message:
        nonlocal sent, is_over
        if is_over:
            return await receive()
        piece = body.read(sent, APP_BYTES)
        sent += len(piece)
        is_over = sent >= body.size
        return {"type": "http.request", "body": piece, "more_body": not is_over}

    return next_message
