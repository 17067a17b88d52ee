"""What nobody waits for is done at idle priority, and what somebody waits for is not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
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


def test_the_backlog_has_idle_priority_and_a_question_does_not(
    home: Household, album: list[Path]
) -> None:
    home.is_considerate = True
    home.configure("[pause]\nunder_load = false")
    home.add(album[0], "a.jpg")
    home.start()
    own = {priority(0)}
    until(lambda: home.status()["images"] == 1)
    assert priorities(home) == [{LOWEST}]
    assert home.ctl("similar", str(album[1])).returncode == 0
    assert sorted(priorities(home), key=str) == sorted([{LOWEST}, own], key=str)
    assert home.process is not None
    assert {priority(home.process.pid)} == own


def test_what_somebody_waits_for_has_normal_priority(home: Household, album: list[Path]) -> None:
    home.is_considerate = True
    home.configure("[pause]\nunder_load = false")
    home.add(album[0], "a.jpg")
    home.start()
    assert home.settle()["images"] == 1
    assert {priority(0)} in priorities(home)


@pytest.fixture
def busy() -> Iterator[None]:
    """Other programs use all processors."""
    loop = [sys.executable, "-c", "while True: pass"]
    programs = [subprocess.Popen(loop) for _ in range(2 * len(os.sched_getaffinity(0)))]
    yield
    for program in programs:
        program.kill()
        program.wait()


def many(home: Household, album: list[Path], count: int) -> None:
    """More than one batch, each of another content."""
    for number in range(count):
        content = album[number % len(album)].read_bytes()
        (home.photos / f"{number}-{album[number % len(album)].name}").write_bytes(
            content + b"%d" % number
        )


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("command", [["wait"], ["resume"], ["up"]], ids=" ".join)
def test_under_real_load_indexing_waits_and_who_waits_for_it_does_not(
    home: Household, album: list[Path], command: list[str]
) -> None:
    jpegs = [picture for picture in album if picture.suffix == ".jpg"]
    home.is_considerate = True
    home.configure("[pause]\non_battery = false")
    many(home, jpegs, 200)
    home.start()
    until(lambda: [each["reason"] for each in home.status()["paused"]] == ["load"])
    status = home.status()
    assert status["state"] == "paused"
    assert "because other programs need the processors" in status["paused"][0]["sentence"]
    assert home.ctl("similar", str(album[0])).returncode in (0, 5), "it answers"
    assert home.ctl(*command).returncode == 0
    until(lambda: (home.status()["images"], home.status()["pending"]) == (200, 0))
