"""A clock that is wrong is told, as far as that can be seen without another clock."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from imgsimd.doctor import clock
from imgsimd.doctor.situation import Daemon, Situation
from imgsimd.locations import Locations

DAY = 86400.0
YEAR = 365 * DAY


@pytest.fixture
def situation(tmp_path: Path) -> Situation:
    """With the lock file of a daemon, this process, that has started just now."""
    where = Locations(tmp_path / "config.toml", tmp_path, tmp_path / "socket", False)
    where.lock.write_text(str(os.getpid()))
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - started(os.getpid())
    os.utime(where.lock, (time.time() - age, time.time() - age))
    return Situation(where, "", {}, Daemon(os.getpid()))


def started(pid: int) -> float:
    """Seconds between the machine's start and the process's."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def test_a_clock_that_is_right_passes(situation: Situation) -> None:
    result = clock.of_time(situation, time.time())
    assert result.result == "pass"


@pytest.mark.parametrize("now", [0.0, -1e12, 40 * YEAR, 200 * YEAR, 1e18])
def test_a_year_that_cannot_be_fails(situation: Situation, now: float) -> None:
    result = clock.of_time(situation, now)
    assert (result.result, result.remedy) == ("fail", "sudo timedatectl set-ntp true")


def test_a_clock_that_was_set_back_is_told_by_what_was_written_before(situation: Situation) -> None:
    situation.where.database.touch()
    os.utime(situation.where.database, (time.time() + 9 * DAY, time.time() + 9 * DAY))
    result = clock.of_time(situation, time.time())
    assert result.result == "warn"
    assert "gallery.db was written on" in result.sentence


@pytest.mark.parametrize(("jump", "way"), [(5 * 3600, "forward"), (-5 * 3600, "back")])
def test_a_jump_since_the_daemon_started_is_told(
    situation: Situation, jump: float, way: str
) -> None:
    result = clock.of_time(situation, time.time() + jump)
    assert result.result == "warn"
    assert f"was set {way} by" in result.sentence
    assert result.remedy == "imgsimctl down && imgsimctl up"
