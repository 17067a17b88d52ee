"""`imgsimctl up` when the daemon does not start: the daemon's own message and exit code."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from imgsimd.cli import startup_failure
from imgsimd.errors import (
    AlreadyRunningError,
    CatalogError,
    ConfigError,
    ImgsimdError,
    NoDaemonError,
)
from tests.support.household import SCRIPTS, Household
from tests.support.patience import DEADLINE
from tests.support.requires import needs_tool

pytestmark = pytest.mark.user


def said(result: subprocess.CompletedProcess[bytes], kind: type[ImgsimdError]) -> str:
    assert result.returncode == kind.exit_code, result.stderr
    (line,) = result.stderr.decode().splitlines()
    assert result.stdout == b""
    return line


def test_a_mistake_in_the_configuration_is_reported_in_one_sentence_with_a_suggestion(
    home: Household,
) -> None:
    home.config.write_text('extensons = ["jpg"]')
    assert said(home.ctl("up", str(home.photos)), ConfigError) == (
        f"imgsimctl: {home.config}: `extensons` is not a setting. Did you mean `extensions`?"
    )
    home.config.write_text("roots = [")
    assert "is not valid TOML" in said(home.ctl("up"), ConfigError)


def test_the_log_of_an_earlier_daemon_is_kept_and_not_quoted(home: Household) -> None:
    home.state.mkdir(parents=True)
    log = home.state / "imgsimd.log"
    log.write_text("2026-11-24T10:00:00+01:00 ERROR what another daemon said\n")
    (home.state / "gallery.db").mkdir()
    assert "gallery.db" in said(home.ctl("up"), CatalogError)
    first, *rest = log.read_text().splitlines()
    assert first.endswith("what another daemon said")
    assert rest


@pytest.mark.long
def test_the_log_of_a_running_daemon_that_cannot_be_reached_is_kept(home: Household) -> None:
    assert home.ctl("up").returncode in (0, 9)
    log = home.state / "imgsimd.log"
    with log.open("a") as stream:
        stream.write("what it has said\n")
    try:
        other = home.ctl("up", IMGSIMD_SOCKET=str(home.folder / "other.sock"))
        assert "Another imgsimd (process" in said(other, AlreadyRunningError)
        assert "what it has said" in log.read_text()
    finally:
        assert home.ctl("down").returncode == 0


def test_two_commands_that_start_the_daemon_at_once_both_succeed(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "a.jpg")
    both = [
        subprocess.Popen([SCRIPTS / "imgsimctl", "up"], env=home.environ, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        assert [b"1 photo is searchable" in each.communicate()[0] for each in both] == [True, True]
    finally:
        home.ctl("down")


def test_a_daemon_that_is_killed_while_it_starts_is_not_reported_as_a_bug() -> None:
    assert isinstance(startup_failure.of_start(-signal.SIGKILL, "", "LOG"), NoDaemonError)
    assert "SIGKILL" in str(startup_failure.of_start(-signal.SIGKILL, "", "LOG"))
    assert isinstance(startup_failure.of_start(0, "", "LOG"), NoDaemonError)


def test_a_bug_at_the_start_is_reported_with_the_path_of_the_log() -> None:
    error = startup_failure.of_start(1, "ERROR imgsimd made a mistake\nTraceback\n", "LOG")
    assert error.exit_code == ImgsimdError.exit_code
    assert "LOG" in str(error)
    assert "report" in str(error)


@pytest.mark.parametrize("mebibytes", [60, 150])
@needs_tool("prlimit")
def test_a_memory_limit_that_is_too_low_is_named(home: Household, mebibytes: int) -> None:
    """With `ulimit -v`, libraries end the daemon in many ways, and never with a message of ours."""
    result = subprocess.run(
        ["prlimit", f"--as={mebibytes * 2**20}", SCRIPTS / "imgsimctl", "up", home.photos],
        env=home.environ, capture_output=True, check=False, timeout=DEADLINE,
    )  # fmt: skip
    line = said(result, ConfigError)
    assert f"could not start with {mebibytes} MiB of memory: raise the limit" in line
