"""How long a caller may be silent, and how it is refused: real callers on a real socket."""

from __future__ import annotations

import asyncio
import resource
import select
import socket
import threading
import time
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from imgsimd.client.transport import Transport
from imgsimd.control import http_connection
from tests.support.counting import Counting, code
from tests.support.counting import counting as counting  # a fixture
from tests.support.patience import DEADLINE
from tests.support.serving import Start, heard, read_until


def test_too_many_callers_are_refused_and_one_with_a_request_is_answered(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who only connect make room, longest silent first; who waits for an answer stays."""
    monkeypatch.setattr(http_connection, "MAX_CONNECTIONS", 3)
    running = start(counting.app)
    with running.connect() as asking, running.connect() as silent, running.connect() as answered:
        asking.sendall(b"GET /ticks HTTP/1.1\r\nhost: x\r\n\r\n")
        answered.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_until(answered, b"\r\n\r\n0").endswith(b"0")
        assert Transport(running.path).get("/") == 0
        assert code(silent) == (503, "busy")
        assert read_until(asking, b"\r\n0\r\n\r\n").count(b"tick") == 6
        answered.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_until(answered, b"\r\n\r\n0").endswith(b"0")


def test_callers_get_a_quarter_of_the_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (40, 1000))
    assert http_connection.most_connections() == 10
    monkeypatch.setattr(resource, "getrlimit", lambda which: (8192, 8192))
    assert http_connection.most_connections() == http_connection.MAX_CONNECTIONS


def test_a_caller_who_sends_nothing_is_hung_up_on(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "HEAD_SECONDS", 0.2)
    with start(counting.app).connect() as caller:
        assert code(caller) == (408, "too_slow")


def test_a_head_that_comes_letter_by_letter_is_hung_up_on(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a first request was answered as it should be."""
    monkeypatch.setattr(http_connection, "HEAD_SECONDS", 0.3)
    with start(counting.app).connect() as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_until(caller, b"\r\n\r\n0").endswith(b"0")
        with pytest.raises(BrokenPipeError):
            dribble(caller)


def dribble(caller: socket.socket) -> None:
    """Send a head that never ends, ten bytes a second."""
    for _ in range(round(10 * DEADLINE)):
        caller.sendall(b"G")
        time.sleep(0.1)


def test_the_clock_of_the_head_stops_when_it_is_complete(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "HEAD_SECONDS", 0.2)
    running = start(counting.app)
    assert len(heard(Transport(running.path).events("/ticks"))) == 6


def test_a_caller_who_does_not_read_the_answer_is_cut_off(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "READER_SECONDS", 0.2)
    ended = threading.Event()

    async def flood(request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield bytes(2**16)
                    await asyncio.sleep(0)
            finally:
                ended.set()

        return StreamingResponse(events())

    running = start(Starlette(routes=[Route("/", flood)]))
    with running.connect() as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert ended.wait(DEADLINE)


def test_a_caller_who_leaves_the_end_of_an_answer_unread_is_cut_off(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So little of it that no buffer is full: many short answers, one after another."""
    monkeypatch.setattr(http_connection, "READER_SECONDS", 0.2)
    with start(counting.app).connect() as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 300)
        hung_up = select.poll()
        hung_up.register(caller, 0)
        assert hung_up.poll(DEADLINE * 1000) == [(caller.fileno(), select.POLLHUP)]


def test_nonsense_is_refused_in_json(start: Start, counting: Counting) -> None:
    running = start(counting.app)
    with running.connect() as caller:
        caller.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert code(caller) == (400, "bad_request")


def test_nonsense_after_an_answer_has_begun_ends_the_connection(
    start: Start, counting: Counting
) -> None:
    with start(counting.app).connect() as caller:
        caller.sendall(b"POST /ticks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        assert b"tick" in read_until(caller, b"tick")
        caller.sendall(b"not a number\r\n")
        assert b"HTTP/1.1 400" not in read_until(caller, b"the server hangs up")
