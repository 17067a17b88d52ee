"""One caller's connection: how long it may be silent, and how it is refused."""

from __future__ import annotations

import asyncio
import resource
from http import HTTPStatus

import h11
from starlette.types import Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from imgsimd.control.answers import error_body
from imgsimd.errors import ImgsimdError, RequestError

MAX_CONNECTIONS = 256
"""Fewer if the limit of open files is below 1024: photos and database need most of them."""
HEAD_SECONDS = 10.0
"""How long the head of a request may take, from its first byte, or from connecting."""
READER_SECONDS = 30.0
"""How long a caller may leave an answer, or its end, unread before the connection is cut."""
TOO_MANY = RequestError("busy", 503, "The daemon has too many callers: try again.")
TOO_SLOW = RequestError("too_slow", 408, f"No request came within {HEAD_SECONDS:g} seconds.")


def most_connections() -> int:
    """How many callers may be connected at once: at most a quarter of all open files."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(MAX_CONNECTIONS, files // 4)


class Connection(H11Protocol):
    """Uvicorn's HTTP connection, with a deadline for callers, and with refusals in JSON.

    Uvicorn itself lets a caller hold a connection without asking anything, or without reading the
    answer, and refuses bad requests, or too many of them, in plain text.
    """

    _silent_since = 0.0
    _head_timer: asyncio.TimerHandle | None = None
    _reader_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # (uvicorn narrows asyncio's BaseTransport in the same way)
        self._silent_since = self.loop.time()
        transport.set_write_buffer_limits(0)  # `pause_writing` is called for every unread byte
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
        """Hangs up on the caller that has been silent longest, so that a crowd which only connects
        never keeps out a caller with a request."""
        here = [each for each in self.connections if not each.transport.is_closing()]
        if len(here) > most_connections():
            silent = [each for each in here if isinstance(each, Connection) and each._is_silent]
            leaving = min(silent, key=lambda each: each._silent_since)
            leaving._refuse(TOO_MANY)

    @property
    def _is_silent(self) -> bool:
        """Whether no request waits for its answer."""
        return self.cycle is None or self.cycle.response_complete

    def _expect_head(self) -> None:
        """Runs the clock exactly while the head of a request is awaited."""
        awaited = self.conn.their_state is h11.IDLE
        if awaited and self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, TOO_SLOW)
        elif not awaited and self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, error: RequestError) -> None:
        """Answers without h11, whose state is undefined after a broken request, and hangs up."""
        answering = self.cycle and self.cycle.response_started and not self.cycle.response_complete
        if not answering:
            head = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode()
            fields = [b"%s: %s" % field for field in _headers(error)]
            self.transport.write(b"\r\n".join([head, *fields, b"", error_body(error)]))
        self.transport.close()


async def refuse(send: Send, error: ImgsimdError) -> None:
    """Answers with the error and hangs up; the rest of the request is not read."""
    await send({"type": "http.response.start", "status": error.status, "headers": _headers(error)})
    await send({"type": "http.response.body", "body": error_body(error)})


def _headers(error: ImgsimdError) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(error_body(error))).encode()),
        (b"connection", b"close"),
    ]
