"""What one caller may take, each limit reached by a real caller on a real socket."""

from __future__ import annotations

import time

import pytest

from imgsimd.client.transport import Transport
from imgsimd.control import limits_middleware
from imgsimd.control.limits_middleware import Limits
from imgsimd.errors import RequestError
from tests.support.counting import Counting, code
from tests.support.counting import counting as counting  # a fixture
from tests.support.patience import DEADLINE
from tests.support.serving import Running, Start, heard, read_until

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\n"


def test_a_body_of_the_maximum_size_arrives_whole(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app, max_body=2**20))
    assert Transport(running.path).upload("/", bytes(2**20)) == 2**20


def test_a_larger_body_is_refused_before_it_is_sent(start: Start, counting: Counting) -> None:
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
    with pytest.raises(RequestError, match="allows 1,000 bytes") as refusal:
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
    monkeypatch.setattr(limits_middleware, "BYTES_A_SECOND", 100)
    running = start(Limits(counting.app, body_seconds=0.2))
    with running.connect() as caller:
        caller.sendall(HEAD + b"content-length: 120\r\n\r\n")
        for _ in range(12):
            caller.sendall(bytes(10))
            time.sleep(0.05)  # 200 bytes a second: 0.6 s in all
        assert read_until(caller, b"\r\n\r\n120").endswith(b"120")


def test_large_bodies_are_received_one_at_a_time(start: Start, counting: Counting) -> None:
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
        assert counting.waits.wait(DEADLINE)
        third.sendall(large)
        assert code(third) == (503, "busy")


def test_a_caller_who_leaves_in_the_middle_is_not_answered(
    start: Start, counting: Counting
) -> None:
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
        assert counting.waits.wait(DEADLINE)
        with pytest.raises(RequestError, match="too many requests") as refusal:
            Transport(running.path).get("/")
        assert (refusal.value.code, refusal.value.status) == ("busy", 503)
    assert until_served(running) == 0


def until_served(running: Running) -> object:
    """The answer as soon as the server is no longer busy."""
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            return Transport(running.path).get("/")
        except RequestError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_an_event_stream_may_last_longer_than_a_body(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app, body_seconds=0.2))
    assert len(heard(Transport(running.path).events("/ticks"))) == 6


def test_a_body_that_breaks_the_rules_is_refused_in_json(start: Start, counting: Counting) -> None:
    running = start(Limits(counting.app))
    with running.connect() as caller:
        caller.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\nnot a number\r\n")
        assert code(caller) == (400, "bad_request")
    assert counting.bodies == []
