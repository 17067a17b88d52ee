"""`imgsimctl doctor` on a healthy machine, and without a daemon."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.support.diagnosis import contents, examined, mend, wrong
from tests.support.household import Household

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.long
def test_on_a_healthy_machine_every_check_passes_and_is_named_in_readme(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    before = set(home.folder.rglob("*"))
    found = examined(home, 0)
    assert [each for each in found if each["result"] != "pass"] == []
    table = README.split("## When something does not work")[1].split("\n## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in row.split("`")}
    assert {each["name"] for each in found} == named - {"", ", "}
    assert set(home.folder.rglob("*")) == before


def test_without_a_daemon_everything_else_is_checked_and_nothing_is_made(home: Household) -> None:
    done = home.ctl("doctor")
    assert done.returncode == 16
    lines = done.stdout.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("fail"))
    assert re.fullmatch(r"fail  socket +imgsimd isn't running\.", lines[at])
    assert re.fullmatch(r" +to mend it: +imgsimctl up", lines[at + 1])
    assert re.fullmatch(r"\d+ checks: \d+ passed, 0 warnings, 1 failed\.", lines[-1])
    assert not home.state.parent.exists()


@pytest.mark.long
def test_after_a_crash_the_socket_that_is_left_is_told_and_the_log_of_the_database_is_kept(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    home.stop(signal.SIGKILL)
    before = contents(home.state)
    assert before[home.state / "gallery.db-wal"]
    found = wrong(home, 16)
    assert set(found) == {"socket"}
    assert "control.sock is left from one that was killed" in found["socket"]["sentence"]
    assert contents(home.state) == before
    mend(home, found["socket"])
    assert wrong(home, 0) == {}
    home.ctl("down")


@pytest.mark.long
def test_a_daemon_that_hangs_is_told_apart_from_one_that_does_not_run(home: Household) -> None:
    home.start()
    assert home.process
    home.process.send_signal(signal.SIGSTOP)
    found = wrong(home, 16)
    assert set(found) == {"socket"}
    assert found["socket"]["remedy"] == f"kill -CONT {home.process.pid}"
    mend(home, found["socket"])
    assert wrong(home, 0) == {}


@pytest.mark.long
def test_a_socket_that_a_variable_names_is_told_to_be_wrong(home: Household) -> None:
    home.start()
    found = wrong(home, 16, {"IMGSIMD_SOCKET": "/nowhere/control.sock"})
    assert set(found) == {"socket"}
    assert "/nowhere/control.sock, where no imgsimd answers" in found["socket"]["sentence"]
    assert found["socket"]["remedy"] == "unset IMGSIMD_SOCKET"
