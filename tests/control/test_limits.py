"""What one caller may take, each limit reached by a real caller on a real socket."""

from __future__ import annotations

import asyncio
import json
import resource
import select
import socket
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from imgsimd.client.transport import Transport
from imgsimd.control import limits
from imgsimd.control.limits import Limits
from imgsimd.errors import RequestError
from tests.support.serving import Running, Start, heard, read_until

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\n"


class Counting:
    """An app that says how long the body is, and remembers whether it was asked at all."""

    def __init__(self) -> None:
        self.bodies: list[int] = []
        self.waits = threading.Event()
        routes = [
            Route("/", self.count, methods=["GET", "POST"]),
            Route("/wait", self.wait, methods=["GET", "POST"]),
            Route("/ticks", self.ticks, methods=["GET", "POST"]),
        ]
        self.app = Starlette(routes=routes)

    async def count(self, request: Request) -> Response:
        self.bodies.append(len(await request.body()))
        return JSONResponse(self.bodies[-1])

    async def wait(self, request: Request) -> Response:
        self.waits.set()
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
        return Response()

    async def ticks(self, request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            for tick in range(6):
                yield b'data: {"tick": %d}\n\n' % tick
                await asyncio.sleep(0.1)

        return StreamingResponse(events(), media_type="text/event-stream")


@pytest.fixture
def counting() -> Counting:
    return Counting()


def answer(caller: socket.socket) -> tuple[int, Any]:
    """Status and JSON of an answer after which the server hangs up."""
    head, _, body = read_until(caller, b"the server hangs up").partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    return int(head.split()[1]), json.loads(body)


def code(caller: socket.socket) -> tuple[int, str]:
    status, body = answer(caller)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    return status, body["error"]["code"]


def test_a_body_of_the_greatest_size_arrives_whole(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app, max_body=2**20))
    assert Transport(running.path).upload("/", bytes(2**20)) == 2**20


def test_a_greater_body_is_refused_before_it_is_sent(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app, max_body=2**20))
    with running.connect() as caller:
        caller.sendall(HEAD + b"content-length: 1048577\r\nexpect: 100-continue\r\n\r\n")
        assert code(caller) == (413, "too_large")
    assert counting.bodies == []


def test_a_body_of_unknown_size_is_refused_when_it_is_too_great(
    start: Start, counting: Counting
) -> None:
    running = start(Limits(counting.app, max_body=1000))
    with running.connect() as caller:
        caller.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"1f4\r\n%b\r\n" % bytes(500))
        caller.sendall(b"1f5\r\n%b\r\n" % bytes(501))
        assert code(caller) == (413, "too_large")
    assert counting.bodies == []


def test_the_client_tells_of_a_refusal_in_the_middle_of_its_upload(
    start: Start, counting: Counting
) -> None:
    running = start(Limits(counting.app, max_body=1000))
    with pytest.raises(RequestError, match="at most 1000 bytes") as refusal:
        Transport(running.path).upload("/", bytes(2**24))
    assert refusal.value.code == "too_large"


def test_a_body_that_comes_too_slowly_is_refused(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app, body_seconds=0.2))
    with running.connect() as caller:
        caller.sendall(HEAD + b"content-length: 10\r\n\r\n12345")
        assert code(caller) == (408, "too_slow")
    assert counting.bodies == []


def test_the_larger_a_body_is_the_longer_it_may_take(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BYTES_A_SECOND", 100)
    running = start(Limits(counting.app, body_seconds=0.2))
    with running.connect() as caller:
        caller.sendall(HEAD + b"content-length: 120\r\n\r\n")
        for _ in range(12):
            caller.sendall(bytes(10))
            time.sleep(0.05)  # 200 bytes a second: 0.6 s in all
        assert read_until(caller, b"\r\n\r\n120").endswith(b"120")


def test_of_large_bodies_one_comes_at_a_time(start: Start, counting: Counting) -> None:
    """The second waits for the first, whatever that takes, and not for ever."""
    running = start(Limits(counting.app, body_seconds=0.5, large=10))
    large = HEAD + b"content-length: 40\r\n\r\n" + bytes(20)
    with running.connect() as first, running.connect() as second:
        first.sendall(large)
        assert Transport(running.path).upload("/", bytes(5)) == 5
        second.sendall(large)
        first.sendall(bytes(20))
        assert read_until(first, b"\r\n\r\n40").endswith(b"40")
        second.sendall(bytes(20))
        assert read_until(second, b"\r\n\r\n40").endswith(b"40")
    with running.connect() as waiting, running.connect() as third:
        waiting.sendall(HEAD.replace(b" / ", b" /wait ") + b"content-length: 20\r\n\r\n")
        waiting.sendall(bytes(20))
        assert counting.waits.wait(5)
        third.sendall(large)
        assert code(third) == (503, "busy")


def test_who_leaves_in_the_middle_is_not_answered(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app))
    with running.connect() as caller:
        caller.sendall(HEAD + b"content-length: 10\r\n\r\n12345")
    assert Transport(running.path).get("/") == 0
    running.stop()
    assert counting.bodies == [0]


def test_too_many_requests_are_refused_until_others_end(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app, max_requests=1))
    with running.connect() as first:
        first.sendall(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n")
        assert counting.waits.wait(5)
        with pytest.raises(RequestError, match="too many requests") as refusal:
            Transport(running.path).get("/")
        assert (refusal.value.code, refusal.value.status) == ("busy", 503)
    assert until_served(running) == 0


def until_served(running: Running) -> object:
    """The answer as soon as the server is no longer busy."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return Transport(running.path).get("/")
        except RequestError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_an_event_stream_may_last_longer_than_a_body(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app, body_seconds=0.2))
    assert len(heard(Transport(running.path).events("/ticks"))) == 6


def test_too_many_callers_are_told_so_and_who_asks_is_answered(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who only connect make room, longest silent first; who waits for an answer stays."""
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 3)
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
    assert limits.most_connections() == 10
    monkeypatch.setattr(resource, "getrlimit", lambda which: (8192, 8192))
    assert limits.most_connections() == limits.MAX_CONNECTIONS


def test_who_connects_and_says_nothing_is_hung_up_on(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.2)
    with start(counting.app).connect() as caller:
        assert code(caller) == (408, "too_slow")


def test_a_head_that_comes_letter_by_letter_is_hung_up_on(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a first request was answered as it should be."""
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.3)
    with start(counting.app).connect() as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_until(caller, b"\r\n\r\n0").endswith(b"0")
        begun = time.monotonic()
        with pytest.raises(BrokenPipeError):
            dribble(caller)
        assert time.monotonic() - begun < 3


def dribble(caller: socket.socket) -> None:
    """Send a head that never ends, ten bytes a second, for five seconds at most."""
    for _ in range(50):
        caller.sendall(b"G")
        time.sleep(0.1)


def test_the_clock_of_the_head_stops_when_it_is_complete(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.2)
    running = start(counting.app)
    assert len(heard(Transport(running.path).events("/ticks"))) == 6


def test_who_does_not_read_the_answer_is_cut_off(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "READER_SECONDS", 0.2)
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
        assert ended.wait(5)


def test_who_leaves_the_end_of_an_answer_unread_is_cut_off(
    start: Start, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So little of it that no buffer is full: many short answers, one after another."""
    monkeypatch.setattr(limits, "READER_SECONDS", 0.2)
    with start(counting.app).connect() as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 300)
        hung_up = select.poll()
        hung_up.register(caller, 0)
        assert hung_up.poll(4000) == [(caller.fileno(), select.POLLHUP)]


def test_nonsense_is_refused_in_json(start: Start, counting: Counting) -> None:
    running = start(counting.app)
    with running.connect() as caller:
        caller.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert code(caller) == (400, "bad_request")


def test_a_body_that_breaks_the_rules_is_refused_in_json(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app))
    with running.connect() as caller:
        caller.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\nnot a number\r\n")
        assert code(caller) == (400, "bad_request")
    assert counting.bodies == []


def test_nonsense_after_an_answer_has_begun_ends_the_connection(
    start: Start, counting: Counting
) -> None:
    with start(counting.app).connect() as caller:
        caller.sendall(b"POST /ticks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        assert b"tick" in read_until(caller, b"tick")
        caller.sendall(b"not a number\r\n")
        assert b"HTTP/1.1 400" not in read_until(caller, b"the server hangs up")
