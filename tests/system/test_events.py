"""Who follows `/v1/events` hears of every change of the status, whatever part it comes from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any, TypeAlias

import pytest

from imgsimd.errors import ConfigError
from tests.support.household import Household
from tests.support.patience import DEADLINE

Told: TypeAlias = Callable[[Any], bool]
"""Whether a status tells of a change."""


@pytest.fixture
def running(home: Household, album: list[Path]) -> Household:
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    return home


def hear(home: Household, change: Callable[[], object], is_told: Told) -> None:
    """Follows the events, makes the change, and returns when an event tells of it.

    The daemon is stopped if none does in time: that ends the events.
    """
    events = home.client.events("/v1/events")
    first = next(events)
    deadline = Timer(DEADLINE, home.stop)
    deadline.start()
    try:
        change()
        assert is_told(first) or any(is_told(event) for event in events)
    finally:
        deadline.cancel()


def refused_reload(home: Household) -> None:
    home.config.write_text("rots = []")
    with suppress(ConfigError):
        home.client.post("/v1/reload")


def accepted_reload(home: Household) -> None:
    home.configure()
    home.client.post("/v1/reload")


@pytest.mark.long
def test_a_change_of_any_part_is_told(running: Household, album: list[Path]) -> None:
    home, photos, away = running, running.photos, running.folder / "away"
    changes: list[tuple[Callable[[], object], Told]] = [
        (lambda: home.client.post("/v1/pause"), lambda s: s["state"] == "paused"),
        (lambda: home.add(album[1], "b.jpg"), lambda s: s["pending"] == 1),
        (lambda: home.client.post("/v1/resume"), lambda s: s["images"] == 2),
        (lambda: (photos / "b.jpg").rename(photos / "c.jpg"), lambda s: "c.jpg" in s["newest"]),
        (lambda: (photos / "d.jpg").write_bytes(b"\xff\xd8\xff"), lambda s: s["failed"] == 1),
        (lambda: (photos / "d.jpg").unlink(), lambda s: s["failed"] == 0),
        (lambda: photos.rename(away), lambda s: s["roots"][0]["state"] == "offline"),
        (lambda: away.rename(photos), lambda s: s["roots"][0]["state"] == "online"),
        (lambda: refused_reload(home), lambda s: "rots" in s["trouble"]),
        (lambda: accepted_reload(home), lambda s: s["trouble"] == ""),
    ]
    for change, is_told in changes:
        hear(home, change, is_told)
    assert home.settle()["images"] == 2
