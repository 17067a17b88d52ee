"""What the daemon says of how far it is, of everything and of each watched folder."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from imgsimd.client import Client
from tests.benchmarks.pictures import drawn
from tests.support.household import Household, until

pytestmark = pytest.mark.long


@pytest.fixture
def running(home: Household, album: list[Path]) -> Household:
    """Two watched folders: one with two photos, one with a photo and a file that is none."""
    other = home.folder / "other"
    other.mkdir()
    home.configure()
    text = home.config.read_text()
    home.config.write_text(text.replace('"]', f'", "{other}"]', 1))
    home.add(album[0], "a.jpg", "sub/b.jpg")
    (other / "c.jpg").write_bytes(album[1].read_bytes())
    (other / "bad.jpg").write_bytes(b"no picture" * 100)
    past = (other / "bad.jpg").stat().st_mtime - 100
    os.utime(other / "bad.jpg", (past, past))
    home.start()
    home.settle()
    return home


def numbers(root: dict[str, Any]) -> tuple[int, ...]:
    return tuple(root[name] for name in ("images", "pending", "failed", "damaged", "watches"))


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    assert found.utcoffset() is not None
    return found


def test_each_folder_has_its_own_numbers(running: Household) -> None:
    status = until(lambda: (found := running.status())["failed"] == 1 and found)
    assert [numbers(root) for root in status["roots"]] == [(2, 0, 0, 0, 2), (1, 0, 1, 0, 1)]
    assert status["watches"] == 3 <= status["watch_limit"]
    assert [root["poll_seconds"] for root in status["roots"]] == [None, None]
    now = datetime.now(UTC)
    for told in (status["newest_at"], *(root["last_look"] for root in status["roots"])):
        assert now - timedelta(minutes=5) < moment(told) <= now


def test_when_all_is_done_nothing_remains(running: Household) -> None:
    status = until(lambda: (found := running.status())["failed"] == 1 and found)
    assert (status["percent_done"], status["seconds_remaining"]) == (100.0, 0.0)
    assert status["per_second"] is None


def test_while_it_is_paused_there_is_no_time_left(running: Household, album: list[Path]) -> None:
    running.client.post("/v1/pause")
    running.add(album[2], "d.jpg")
    status = until(lambda: (found := running.status())["roots"][0]["pending"] and found)
    assert status["seconds_remaining"] is None
    assert 0 < status["percent_done"] < 100


def test_an_offline_folder_has_no_numbers(running: Household) -> None:
    running.photos.rename(running.folder / "away")
    until(lambda: (found := running.status())["images"] == 1 and is_away(found["roots"][0]))


def is_away(root: dict[str, Any]) -> bool:
    return root["state"] == "offline" and numbers(root)[:4] == (0, 0, 0, 0)


def test_the_time_left_is_told_while_many_are_pending(home: Household) -> None:
    for number in range(1500):
        (home.photos / f"{number}.jpg").write_bytes(drawn()[number % 20] + b"%d" % number)
    home.start()
    told = []
    for status in Client(home.socket).events():
        if status.seconds_remaining is not None:
            told.append(status.seconds_remaining)
        if status.is_at_rest and not status.pending:
            break
    assert told[-1] == 0
    assert max(told) > 0
