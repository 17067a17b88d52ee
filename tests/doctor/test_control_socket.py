"""Whether anybody listens is found out without a connection, which could start a daemon."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from imgsimd.doctor import control_socket
from imgsimd.doctor.result import Result
from imgsimd.doctor.situation import Daemon, Situation
from imgsimd.errors import NotInTimeError, NotRunningError, RequestError
from imgsimd.locations import Locations


@pytest.fixture
def where(tmp_path: Path) -> Locations:
    return Locations(tmp_path / "config.toml", tmp_path / "state", tmp_path / "socket", False)


def only(where: Locations, daemon: Daemon, fault: str = "") -> Result:
    (result,) = control_socket.check(Situation(where, fault, {}, daemon))
    return result


def test_where_systemd_listens_no_daemon_is_started(where: Locations) -> None:
    assert only(where, Daemon()).result == "fail"
    with socket.socket(socket.AF_UNIX) as systemd:
        systemd.bind(str(where.socket))
        assert "is left from one that was killed" in only(where, Daemon()).sentence
        systemd.listen()
        result = only(where, Daemon())
        assert (result.result, result.remedy) == ("warn", "imgsimctl up")
        assert "systemd listens for it" in result.sentence
        systemd.setblocking(False)
        with pytest.raises(BlockingIOError):
            systemd.accept()


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (NotInTimeError.code, "kill -KILL {pid} && imgsimctl up"),
        (NotRunningError.code, "imgsimctl status"),
        ("bad_answer", "kill {pid} && imgsimctl up"),
    ],
)
def test_a_daemon_that_runs_and_does_not_answer_is_told_by_why(
    where: Locations, code: str, remedy: str
) -> None:
    error = RequestError(code, 0, "It does not answer.")
    pid = os.getpid()
    result = only(where, Daemon(pid, where.socket, None, str(error), error.code))
    assert (result.result, result.remedy) == ("fail", remedy.format(pid=pid))
