"""Every command mentions what does not work, once, after its own output."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.household import Household


@pytest.fixture(scope="module")
def ill(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """A daemon that has refused its new configuration."""
    home = Household(tmp_path_factory.mktemp("home"))
    home.add(album[0], "a.jpg")
    home.add(album[1], "b.jpg")
    home.start()
    home.settle()
    home.config.write_text("rots = []")
    home.ctl("reload")
    yield home
    home.close()


def mention(home: Household) -> str:
    (problem,) = home.status()["problems"]
    return f"{problem['sentence']} {problem['remedy']}"


@pytest.mark.parametrize(
    "command",
    ["similar {photo}", "failed",
     *(pytest.param(each, marks=pytest.mark.long) for each in
       ("skipped", "--no-pager duplicates", "compare {photo} {other}", "rescan", "check"))],
)  # fmt: skip
def test_it_is_mentioned_once_and_last_and_changes_nothing_else(
    ill: Household, command: str
) -> None:
    photo, other = ill.photos / "a.jpg", ill.photos / "b.jpg"
    result = ill.ctl(*command.format(photo=photo, other=other).split())
    assert result.returncode == {"compare": 1, "--no-pager": 5}.get(command.split()[0], 0)
    *_, last = result.stderr.decode().splitlines()
    assert last == f"imgsimctl: {mention(ill)}"
    assert (result.stdout + result.stderr).count(b"`rots`") == 1


def test_for_programs_it_is_a_note_in_json(ill: Household) -> None:
    result = ill.ctl("similar", str(ill.photos / "a.jpg"), "--json")
    json.loads(result.stdout)
    assert json.loads(result.stderr) == {"note": {"message": mention(ill)}}


def test_a_command_that_fails_for_another_reason_tells_both(ill: Household) -> None:
    result = ill.ctl("show", str(ill.photos / "none.jpg"))
    (first, *_, last) = result.stderr.decode().splitlines()
    assert "none.jpg" in first
    assert last == f"imgsimctl: {mention(ill)}"


def test_a_command_that_fails_for_that_very_reason_tells_it_once(ill: Household) -> None:
    (problem,) = ill.status()["problems"]
    result = ill.ctl("reload")
    assert result.stderr.decode() == f"imgsimctl: {problem['sentence']}\n"


@pytest.mark.long
@pytest.mark.parametrize("command", ["status", "up", "metrics", "health"])
def test_commands_that_tell_of_everything_or_ask_nothing_do_not_repeat_it(
    ill: Household, command: str
) -> None:
    (problem,) = ill.status()["problems"]
    result = ill.ctl(command)
    everything = (result.stdout + result.stderr).decode()
    assert everything.count(problem["sentence"]) <= 1


@pytest.mark.long
def test_it_ends_with_the_problem(home: Household) -> None:
    home.start()
    home.config.write_text("rots = []")
    home.ctl("reload")
    assert home.ctl("roots").stderr != b""
    home.configure()
    assert home.ctl("reload").stderr == b""
    assert home.ctl("roots").stderr == b""
