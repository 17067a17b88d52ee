"""What one caller may take of the daemon: connections, requests, bytes and time."""

from __future__ import annotations

import asyncio
import resource
from contextlib import AsyncExitStack
from http import HTTPStatus

import h11
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from imgsimd.control.answers import error_body
from imgsimd.control.spool import Spool
from imgsimd.errors import ImgsimdError, RequestError

BODY = "imgsimd.body"
"""Where the body's Spool is in an ASGI scope."""

MAX_BODY = 512 * 2**20
"""Bytes, where nobody says how large a picture may be; so says `max_bytes` by default."""
LARGE_BODY_BYTES = 64 * 2**20
"""Bytes, more than a camera's JPEG of 100 megapixels has. Of larger bodies one comes at a time, so
that all which are here together take no more than 2 GiB and one picture."""
BODY_SECONDS = 30.0
"""From the request's head to the last byte of its body, and a second more for each
`BYTES_A_SECOND`."""
BYTES_A_SECOND = 2 * 2**20
APP_BYTES = 2**20
"""Bytes of a body that are given to the app at once."""
MAX_REQUESTS = 32
"""Under way at once, event streams counted: each may have a body."""
MAX_CONNECTIONS = 256
"""Fewer where the limit of open files is below 1024: photos and database need most of them."""
HEAD_SECONDS = 10.0
"""From connecting, or the head's first byte, to its end."""
READER_SECONDS = 30.0
"""That a caller may leave an answer, or its end, unread before the connection is cut."""
TOO_MANY = RequestError("busy", 503, "The daemon has too many callers: try again.")
TOO_SLOW = RequestError("too_slow", 408, f"Nothing was asked within {HEAD_SECONDS:g} seconds.")


def most_connections() -> int:
    """How many callers may be connected at once: they get a quarter of all open files."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(MAX_CONNECTIONS, files // 4)


class Limits:
    """ASGI middleware: an app behind it gets whole bodies only, and not too many.

    The body is read here, before the app runs: one deadline and one bound, and the app never waits
    for a caller. It comes as `scope[BODY]`, a Spool, and as any ASGI body. Refuses with 413
    `too_large`, 408 `too_slow` or 503 `busy`. Answers, event streams among them, may take as long
    as they like.
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
        """Whether the body came whole; else the caller left. Raises RequestError."""
        if self._under_way > self._max_requests:
            raise RequestError("busy", 503, "The daemon has too many requests: try again soon.")
        self._check(int(dict(scope["headers"]).get(b"content-length", b"0")))
        try:
            return await self._receive(receive, body, held)
        except TimeoutError:
            raise RequestError(
                "too_slow", 408, f"The request took more than {self._body_seconds:g} s to arrive."
            ) from None
        except OSError as error:
            raise RequestError(
                "busy", 503, f"The daemon has no room for the request: {error.strerror}."
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
        """Waits until no other large body is here; returns for how many seconds."""
        begun = asyncio.get_running_loop().time()
        clock.reschedule(None)  # the caller is not to blame
        try:
            async with asyncio.timeout(self._body_seconds):
                await held.enter_async_context(self._room)
        except TimeoutError:
            raise RequestError(
                "busy", 503, "The daemon has another large picture: try again soon."
            ) from None
        return asyncio.get_running_loop().time() - begun

    def _check(self, size: int) -> None:
        if size > self._max_body:
            raise RequestError(
                "too_large", 413, f"A request may have at most {self._max_body} bytes."
            )


class Connection(H11Protocol):
    """Uvicorn's HTTP connection, which waits for nobody for ever, and refuses in JSON.

    Of itself it lets a caller hold a connection without asking anything, or without reading the
    answer, and tells of a bad request or too many of them in plain text.
    """

    _silent_since = 0.0
    _head_timer: asyncio.TimerHandle | None = None
    _reader_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # (uvicorn narrows asyncio's BaseTransport in the same way)
        self._silent_since = self.loop.time()
        transport.set_write_buffer_limits(0)  # so that `pause_writing` tells of every byte unread
        super().connection_made(transport)
        self._make_room()
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head_timer, self._reader_timer):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reader_timer = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reader_timer:
            self._reader_timer.cancel()

    def send_400_response(self, msg: str) -> None:
        self._refuse(RequestError("bad_request", 400, msg))

    def on_response_complete(self) -> None:
        self._silent_since = self.loop.time()
        super().on_response_complete()

    def _make_room(self) -> None:
        """Send away who has been silent for longest, so that a crowd which only connects never
        keeps out who has a question."""
        here = [each for each in self.connections if not each.transport.is_closing()]
        if len(here) > most_connections():
            silent = [each for each in here if isinstance(each, Connection) and each._is_silent]
            leaving = min(silent, key=lambda each: each._silent_since)
            leaving._refuse(TOO_MANY)

    @property
    def _is_silent(self) -> bool:
        """Whether it asks nothing that still has to be answered."""
        return self.cycle is None or self.cycle.response_complete

    def _expect_head(self) -> None:
        """Let the clock run exactly while the head of a request is awaited."""
        awaited = self.conn.their_state is h11.IDLE
        if awaited and self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, TOO_SLOW)
        elif not awaited and self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, error: RequestError) -> None:
        """Answer past h11, whose state a broken request leaves in disorder, and hang up."""
        answering = self.cycle and self.cycle.response_started and not self.cycle.response_complete
        if not answering:
            head = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode()
            fields = [b"%s: %s" % field for field in _headers(error)]
            self.transport.write(b"\r\n".join([head, *fields, b"", error_body(error)]))
        self.transport.close()


async def refuse(send: Send, error: ImgsimdError) -> None:
    """Answer with the error and hang up: the rest of the request is not read."""
    await send({"type": "http.response.start", "status": error.status, "headers": _headers(error)})
    await send({"type": "http.response.body", "body": error_body(error)})


def _headers(error: ImgsimdError) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(error_body(error))).encode()),
        (b"connection", b"close"),
    ]


def _replay(body: Spool, receive: Receive) -> Receive:
    """A `receive` that gives the body read before, and then what else the caller does."""
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
