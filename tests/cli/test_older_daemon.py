"""A command that is newer than the daemon says so, once, after its own output."""

from __future__ import annotations

import json

import pytest

from imgsimd import __version__
from imgsimd.cli import main, mentions
from imgsimd.client import last_answer
from tests.support.household import Household

NOTE = (
    f"The running imgsimd is version {__version__}, this command is 99.0. To restart imgsimd, "
    "run: imgsimctl up"
)


@pytest.fixture
def newer(served: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands in this process are of a newer version than the daemon."""
    for name in ("HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, served.environ[name])
    monkeypatch.setattr(mentions, "__version__", "99.0")
    monkeypatch.setattr(last_answer.LastAnswer, "version", None)


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize("command", ["roots", "failed", "skipped", "status", "wait"])
def test_it_is_said_once_and_last(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([command]) == 0
    assert capsys.readouterr().err.splitlines()[-1:] == [f"imgsimctl: {NOTE}"]


@pytest.mark.usefixtures("newer")
def test_for_programs_it_is_a_note_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["roots", "--json"]) == 0
    output = capsys.readouterr()
    json.loads(output.out)
    assert json.loads(output.err) == {"note": {"message": NOTE}}


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize("command", ["version", "help"])
def test_a_command_that_asks_nobody_says_nothing(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([command]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("version", [__version__, "0.0.1"])
def test_to_a_daemon_that_is_as_new_or_newer_there_is_nothing_to_say(
    newer: None,
    version: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(mentions, "__version__", version)
    assert main.run(["roots"]) == 0
    assert capsys.readouterr().err == ""
