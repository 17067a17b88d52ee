"""`/v1/wait` ends with the work, with its time, or with its caller."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from imgsimd.client.transport import Transport
from imgsimd.control.limits_middleware import Limits
from imgsimd.control.routes import status
from imgsimd.control.status_feed import StatusFeed
from imgsimd.errors import RequestError
from tests.support.household import Household, until
from tests.support.patience import DEADLINE, LONG_DEADLINE
from tests.support.serving import Start
from tests.support.status_source import Source


@pytest.fixture
def source() -> Source:
    """Has work that never ends."""
    return Source()


def app(source: Source, max_requests: int = 8) -> ASGIApp:
    app = FastAPI()
    app.include_router(status.routes(source, StatusFeed(source), nullcontext))
    return Limits(app, max_requests=max_requests)


def test_it_answers_after_the_timeout_even_if_there_is_work_left(
    start: Start, source: Source
) -> None:
    answer = cast(Any, Transport(start(app(source)).path).get("/wait", timeout=0.7))
    assert (answer["idle"], answer["status"]["pending"]) == (False, 1)


def test_a_caller_that_hangs_up_makes_room_for_another(start: Start, source: Source) -> None:
    running = start(app(source, max_requests=1))
    with running.connect() as caller:
        caller.sendall(b"GET /wait?timeout=3600 HTTP/1.1\r\nhost: x\r\n\r\n")
        until(lambda: source.computed)
        with pytest.raises(RequestError, match="too many requests"):
            Transport(running.path).get("/status")

    def is_answered() -> bool:
        try:
            return bool(Transport(running.path).get("/status"))
        except RequestError:
            return False

    until(is_answered)


def test_without_work_it_answers_as_soon_as_no_event_can_be_under_way(served: Household) -> None:
    """Its time is longer than this caller waits for an answer."""
    client = Transport(served.socket, DEADLINE)
    assert cast(Any, client.get("/v1/wait", timeout=LONG_DEADLINE))["idle"]
