"""What nobody waits for gives way to all other programs, and what somebody waits for does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.household import Household, children, until
from tests.support.priorities import LOWEST, priority

pytestmark = pytest.mark.long


def priorities(home: Household) -> list[set[object]]:
    """Of all threads of each worker."""
    assert home.process is not None
    workers = children(home.process.pid)
    return [{priority(int(thread)) for thread in os.listdir(f"/proc/{w}/task")} for w in workers]


def test_the_backlog_gives_way_and_a_question_does_not(home: Household, album: list[Path]) -> None:
    home.is_considerate = True
    home.configure("[pause]\nunder_load = false")
    home.add(album[0], "a.jpg")
    home.start()
    own = {priority(0)}
    until(lambda: home.status()["images"] == 1, deadline=120)
    assert priorities(home) == [{LOWEST}]
    assert home.ctl("similar", str(album[1])).returncode == 0
    assert sorted(priorities(home), key=str) == sorted([{LOWEST}, own], key=str)
    assert home.process is not None
    assert {priority(home.process.pid)} == own


def test_what_somebody_waits_for_does_not_give_way(home: Household, album: list[Path]) -> None:
    home.is_considerate = True
    home.configure("[pause]\nunder_load = false")
    home.add(album[0], "a.jpg")
    home.start()
    assert home.settle()["images"] == 1
    assert {priority(0)} in priorities(home)
