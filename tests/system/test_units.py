"""systemd accepts the shipped units and rates their sandbox as tight."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.requires import needs_tool

pytestmark = pytest.mark.user

SHIPPED = Path(__file__).parents[2] / "systemd"
KINDS = ["system", "user"]


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    # `--user` needs a runtime directory.
    environ = {"XDG_RUNTIME_DIR": "/tmp"} | os.environ  # noqa: S108  # nothing is written to it
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, env=environ, check=False
    )


def exposure(unit: Path) -> float:
    """0 is best, 10 worst (systemd-analyze(1))."""
    summary = analyze("security", "--offline=yes", "--threshold=100", unit).stdout
    found = re.search(r"exposure level for \S+: ([0-9.]+)", summary)
    assert found, summary
    return float(found[1])


def values(text: str, option: str) -> list[str]:
    return re.findall(rf"^{option}=(.*)$", text, re.MULTILINE)


def service(kind: str) -> str:
    return (SHIPPED / kind / "imgsimd.service").read_text()


def socket(kind: str) -> str:
    return (SHIPPED / kind / "imgsimd.socket").read_text()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def startable(kind: str, tmp_path: Path) -> Path:
    """The units with a program that exists; systemd may complain about nothing else."""
    folder = tmp_path / kind
    shutil.copytree(SHIPPED / kind, folder)
    unit = folder / "imgsimd.service"
    unit.write_text(re.sub(r"^ExecStart=.*", "ExecStart=/bin/true", service(kind), flags=re.M))
    return folder


@needs_tool("systemd-analyze")
def test_systemd_accepts_the_units(kind: str, startable: Path) -> None:
    verified = analyze(f"--{kind}", "verify", *sorted(startable.iterdir()))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@needs_tool("systemd-analyze")
def test_the_shipped_units_lack_nothing_but_the_program(kind: str) -> None:
    verified = analyze(f"--{kind}", "verify", *sorted((SHIPPED / kind).iterdir()))
    for line in verified.stderr.splitlines():
        assert "bin/imgsimd" in line


@needs_tool("systemd-analyze")
def test_the_exposure_is_at_most_1(kind: str) -> None:
    """For `user` the tool counts 0.4 for a User= that a user's manager neither needs nor knows, and
    for both 0.1 for system calls that lower one's own priority."""
    assert exposure(SHIPPED / kind / "imgsimd.service") <= (1.1 if kind == "user" else 1.0)


@needs_tool("systemd-analyze")
def test_without_its_hardening_the_exposure_would_be_high(tmp_path: Path) -> None:
    """So that the test above can fail."""
    unit = tmp_path / "imgsimd.service"
    unit.write_text(re.sub(r"^# Hardening: .*?^$", "", service("system"), flags=re.M | re.S))
    assert exposure(unit) > 5


def test_the_daemon_is_started_watched_and_stopped_by_notification(kind: str) -> None:
    unit = service(kind)
    assert values(unit, "Type") == ["notify"]
    assert values(unit, "WatchdogSec") == ["60"]
    assert values(unit, "ExecReload") == ["/bin/kill -HUP $MAINPID"]
    assert values(unit, "Restart") == ["on-failure"]


def test_the_daemon_yields_to_everything_else(kind: str) -> None:
    unit = service(kind)
    for late in ("Nice", "CPUSchedulingPolicy", "IOSchedulingClass"):
        assert not values(unit, late), (
            "answers would be late; what indexes has idle priority by itself"
        )
    assert int(values(unit, "CPUWeight")[0]) < 100
    assert int(values(unit, "IOWeight")[0]) < 100


def test_photos_are_read_only(kind: str) -> None:
    unit = service(kind)
    assert values(unit, "ProtectSystem") == ["strict"]
    assert values(unit, "ProtectHome") == ["read-only"]
    state = ['"%h/.local/state/imgsimd"'] if kind == "user" else []
    assert values(unit, "ReadWritePaths") == state


def test_the_socket_is_open_to_those_it_is_meant_for() -> None:
    assert values(socket("user"), "SocketMode") == ["0600"]
    assert values(socket("user"), "DirectoryMode") == ["0700"]
    assert values(socket("system"), "SocketMode") == ["0660"]
    assert values(socket("system"), "SocketGroup") == ["imgsimd"]
    assert "-g imgsimd -m 0750" in values(socket("system"), "ExecStartPre")[0]


def test_stopping_the_service_leaves_the_socket_to_the_socket_unit(kind: str) -> None:
    """Without Preserve, systemd would remove the folder with the listening socket in it."""
    assert values(socket(kind), "ListenStream") == ["%t/imgsimd/control.sock"]
    assert values(socket(kind), "RemoveOnStop") == ["yes"]
    assert values(service(kind), "RuntimeDirectory") == ["imgsimd"]
    assert values(service(kind), "RuntimeDirectoryPreserve") == ["yes"]


def test_the_network_runs_at_full_speed_and_the_worker_can_lock_itself_in(kind: str) -> None:
    unit = service(kind)
    assert not values(unit, "ProcSubset")
    allowed = " ".join(values(unit, "SystemCallFilter"))
    for call in ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"):
        assert call in allowed


def test_each_group_of_hardening_says_why_it_is_there(kind: str) -> None:
    """A group is what stands between two blank lines; its first line is a comment."""
    _, *groups = service(kind).split("[Service]")[1].split("\n\n")
    assert len(groups) > 6
    for group in groups:
        first = group.strip().splitlines()[0]
        assert first.startswith("#") or first == "[Install]", first
    hardening = [group for group in groups if group.startswith("# Hardening: ")]
    assert len(hardening) >= 4
    for option in (
        "NoNewPrivileges",
        "SystemCallFilter",
        "ProtectSystem",
        "RestrictAddressFamilies",
    ):
        assert any(values(group, option) for group in hardening)
