"""`/v1/health` answers 200 or 503, soon, whatever has stopped working."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from fastapi import FastAPI

from imgsimd.client import Client
from imgsimd.control.error_responses import on_error
from imgsimd.control.routes import health
from imgsimd.control.status_feed import StatusFeed
from imgsimd.errors import ImgsimdError, UnhealthyError
from imgsimd.health import Status
from imgsimd.problems import DATABASE_FAILED, RELOAD_FAILED, ROOT_OFFLINE
from tests.support.serving import Running, Start
from tests.support.status_source import AT_FIRST, Source


def serve(start: Start, source: Source) -> Running:
    app = FastAPI()
    app.add_exception_handler(ImgsimdError, on_error)
    app.include_router(health.routes(StatusFeed(source)), prefix="/v1")
    return start(app)


def test_only_problems_of_severity_error_make_it_unhealthy(start: Start) -> None:
    source = Source()
    running = serve(start, source)
    source.current = replace(AT_FIRST, problems=[ROOT_OFFLINE.problem("A disk is away.")])
    Client(running.path).check_health()
    wrong = [RELOAD_FAILED.problem("Bad key."), DATABASE_FAILED.problem("It is locked.")]
    source.current = replace(AT_FIRST, problems=[*wrong, ROOT_OFFLINE.problem("A disk is away.")])
    source.version += 1
    with pytest.raises(UnhealthyError) as unhealthy:
        Client(running.path).check_health()
    assert [each["code"] for each in unhealthy.value.problems] == [each.code for each in wrong]
    assert str(unhealthy.value) == " ".join(each.text for each in wrong)


def test_a_database_that_does_not_answer_is_told_in_time(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(Source):
        async def status(self) -> Status:
            await asyncio.sleep(60)
            return AT_FIRST

    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.1)
    running = serve(start, Hanging())
    for _ in range(2):
        with pytest.raises(UnhealthyError, match="has not answered for"):
            Client(running.path).check_health()
