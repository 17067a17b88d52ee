"""The daemon and its worker can work in the sandbox of the systemd units."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.household import SCRIPTS, Household, until
from tests.support.patience import DEADLINE
from tests.support.requires import needs_library, needs_namespaces, needs_tool

NAMESPACES = ["unshare", "-Urmn"]
pytestmark = [
    pytest.mark.user,
    needs_namespaces,
    needs_tool("systemd-analyze"),
    needs_library("seccomp"),
]


def confined(home: Household, *program: str | Path) -> list[str | Path]:
    """The command that runs the program where only state and socket can be written."""
    writable = (home.state, home.socket.parent)
    for folder in writable:
        folder.mkdir(parents=True, exist_ok=True)
    launcher = [sys.executable, "-m", "tests.support.confinement"]
    return [*NAMESPACES, *launcher, home.folder, *writable, "--", *program]


TRIES = """
import mmap, os, socket, sys

def refused(try_it, *arguments):
    try:
        try_it(*arguments)
    except OSError as error:
        return error.strerror
    return "allowed"

print(refused(open, sys.argv[1] + "/new.jpg", "w"))
print(refused(socket.socket, socket.AF_INET))
print(refused(mmap.mmap, -1, 4096, mmap.MAP_PRIVATE, mmap.PROT_WRITE | mmap.PROT_EXEC))
print(refused(os.chroot, "/"))
print(refused(os.mkdir, sys.argv[2] + "/new"))
"""
CONSIDERS = """
import os
from imgsimd.machine import priority
from imgsimd.machine.power_supply import FOLDER

priority.lower()
print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0) == os.SCHED_IDLE)
print(os.path.isdir(FOLDER) and os.listdir(FOLDER) is None)
print(os.path.exists("/proc/pressure/cpu") and not open("/proc/pressure/cpu").read())
"""


def test_the_sandbox_really_confines(home: Household) -> None:
    """So that the test below can fail."""
    program = confined(home, sys.executable, "-c", TRIES, home.photos, home.state)
    tried = subprocess.run(program, capture_output=True, text=True, check=True)
    assert tried.stdout.splitlines() == [
        "Read-only file system",
        "Address family not supported by protocol",
        "Permission denied",
        "Operation not permitted",
        "allowed",
    ]


def test_in_the_sandbox_it_can_give_way_to_others_and_see_whether_it_should(
    home: Household,
) -> None:
    program = confined(home, sys.executable, "-c", CONSIDERS)
    seen = subprocess.run(program, capture_output=True, text=True, check=True)
    assert seen.stdout.splitlines() == ["19 True", "False", "False"]


def test_daemon_and_worker_work_in_the_sandbox(home: Household, album: list[Path]) -> None:
    home.add(album[0], "a.jpg")
    home.environ["TMPDIR"] = str(home.state)
    with (home.folder / "log").open("wb") as log:
        home.process = subprocess.Popen(
            confined(home, SCRIPTS / "imgsimd"), env=home.environ, stdout=log, stderr=log
        )
    until(home.answers)
    status = home.settle()
    assert (status["images"], status["failed"]) == (1, 0), home.log()
    home.client.upload("/v1/vectors", album[1].read_bytes())
    daemon = status["pid"]
    (worker,) = Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()
    for process in (daemon, worker):
        facts = dict(
            line.split(":\t") for line in Path(f"/proc/{process}/status").read_text().splitlines()
        )
        assert facts["NoNewPrivs"] == "1"
        assert facts["Seccomp"] == "2"
        assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0
        assert Path(f"/proc/{process}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
    assert home.process.pid == daemon
    home.process.terminate()
    assert home.process.wait(DEADLINE) == 0, home.log()
