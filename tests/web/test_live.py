"""Open pages are told of every change, and the server ends when the last one is closed."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from imgsimd.web.visitors import Visitors
from tests.support.household import Household, until
from tests.support.pages import Pages, serving
from tests.support.patience import DEADLINE


class Clock:
    """Time that passes when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def open_page(pages: Pages, cookie: str) -> Iterator[Iterator[dict[str, Any]]]:
    """What a page is told while it is open."""
    connection = http.client.HTTPConnection("127.0.0.1", pages.port, timeout=DEADLINE)
    connection.request("GET", f"/{pages.place}/events", headers={"cookie": cookie})
    response = connection.getresponse()
    assert response.getheader("content-type") == "text/event-stream; charset=utf-8"
    yield (json.loads(line[5:]) for line in response if line.startswith(b"data:"))
    response.close()
    connection.close()


def is_served(pages: Pages) -> bool:
    try:
        socket.create_connection(("127.0.0.1", pages.port), timeout=DEADLINE).close()
    except ConnectionRefusedError:
        return False
    return True


def test_the_server_ends_a_while_after_the_last_page_is_closed(tmp_path: Path) -> None:
    with serving(tmp_path / "no daemon", Visitors(left=0.05, unseen=60)) as pages:
        cookie = pages.ask(pages.first).cookie
        with open_page(pages, cookie) as one, open_page(pages, cookie) as other:
            assert not next(one)["running"]
            assert not next(other)["running"]
        until(lambda: not is_served(pages))


def test_the_server_ends_where_no_page_is_ever_opened(tmp_path: Path) -> None:
    with serving(tmp_path / "no daemon", Visitors(left=60, unseen=0.05)) as pages:
        until(lambda: not is_served(pages))


def test_a_stranger_does_not_keep_the_server_alive() -> None:
    clock = Clock()
    visitors = Visitors(left=60, unseen=600, clock=clock)
    clock.now = 599
    assert visitors.seconds_left() == 1
    visitors.seen()
    assert visitors.seconds_left() == 600


def test_a_page_that_is_loaded_again_keeps_the_server() -> None:
    clock = Clock()
    visitors = Visitors(left=60, unseen=600, clock=clock)
    with visitors.here():
        clock.now = 10_000
        assert visitors.seconds_left() is None
    assert visitors.seconds_left() == 60
    clock.now += 59
    with visitors.here(), visitors.here():
        clock.now += 100
    assert visitors.seconds_left() == 60


@pytest.mark.long
def test_a_page_is_told_when_the_daemon_stops_and_when_it_answers_again(
    home: Household,
) -> None:
    home.start()
    with serving(home.socket) as pages, open_page(pages, pages.ask(pages.first).cookie) as told:
        first = next(news for news in told if not news.get("busy"))
        assert (first["running"], first["images"], first["busy"]) == (True, 0, False)
        home.stop()
        gone = next(told)
        assert not gone["running"]
        assert "`imgsimctl up` starts it again" in gone["line"]
        home.start()
        assert next(news for news in told if news["running"])["line"]


def test_the_server_ends_at_once_although_pages_are_open(tmp_path: Path) -> None:
    with serving(tmp_path / "no daemon") as pages:
        page = open_page(pages, pages.ask(pages.first).cookie)
        told = page.__enter__()
        assert not next(told)["running"]
    assert list(told) == []
    page.__exit__(None, None, None)
