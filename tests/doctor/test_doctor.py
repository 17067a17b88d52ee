"""`imgsimctl doctor` on a real machine: a healthy one, and broken ones."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import cast

import pytest

from imgsimd import __version__
from tests.support.household import Household

README = (Path(__file__).parents[2] / "README.md").read_text()
Check = dict[str, str]


def doctor(home: Household, code: int, environ: dict[str, str] | None = None) -> list[Check]:
    """What it finds; it must end with this code."""
    done = home.ctl("doctor", "--json", stdin=b"", **(environ or {}))
    assert done.returncode == code, (done.stdout, done.stderr)
    answer = json.loads(done.stdout)
    found = cast(list[Check], answer["checks"])
    verdicts = [each["result"] for each in found]
    counts = [verdicts.count(each) for each in ("pass", "warn", "fail")]
    assert [answer["passed"], answer["warned"], answer["failed"]] == counts
    assert answer["version"] == __version__
    assert all(bool(each["remedy"]) == (each["result"] != "pass") for each in found)
    return found


def wrong(found: list[Check]) -> dict[str, Check]:
    """What did not pass, by name."""
    return {each["name"]: each for each in found if each["result"] != "pass"}


@pytest.mark.long
def test_on_a_healthy_machine_every_check_passes_and_is_named_in_readme(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    before = sorted(path for path in home.folder.rglob("*") if "__pycache__" not in path.parts)
    found = doctor(home, 0)
    assert wrong(found) == {}
    table = README.split("## When something does not work")[1].split("\n## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in row.split("`")}
    assert {each["name"] for each in found} == named - {"", ", "}
    assert before == sorted(
        path for path in home.folder.rglob("*") if "__pycache__" not in path.parts
    )


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
def test_a_damaged_database_a_bad_configuration_and_a_broken_library_are_told_together(
    home: Household, tmp_path: Path
) -> None:
    home.state.mkdir(parents=True)
    (home.state / "gallery.db").write_bytes(os.urandom(20_000))
    home.config.write_text("rots = []\n")
    planted = tmp_path / "planted"
    planted.mkdir()
    (planted / "faiss.py").write_text("raise RuntimeError('It is broken.')\n")
    found = wrong(doctor(home, 16, {"PYTHONPATH": str(planted)}))
    assert set(found) == {"configuration", "socket", "database", "libraries"}
    assert "`rots` is not a setting. Did you mean `roots`?" in found["configuration"]["sentence"]
    assert "is damaged: file is not a database" in found["database"]["sentence"]
    assert f"{planted}/faiss.py is imported in its place" in found["libraries"]["sentence"]
    assert found["libraries"]["remedy"] == "unset PYTHONPATH"
    assert sorted(os.listdir(home.state)) == ["gallery.db"]
