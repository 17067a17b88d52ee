"""What is wrong is told under a code, with what to do; the sentences of before stay."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from imgsimd.errors import ConfigError
from tests.support.household import Household, until

pytestmark = pytest.mark.long


def problems(home: Household) -> dict[str, dict[str, str]]:
    """The problems that the daemon has now, by code."""
    found: list[dict[str, str]] = home.status()["problems"]
    for problem in found:
        assert set(problem) == {"code", "severity", "title", "sentence", "remedy"}
    return {problem["code"]: problem for problem in found}


def appears(home: Household, code: str) -> dict[str, str]:
    """The problem with this code, as soon as it is there."""
    found: dict[str, Any] = until(lambda: problems(home).get(code))
    return found


@pytest.fixture
def running(home: Household, album: list[Path]) -> Household:
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    return home


def test_all_is_well_without_problems(running: Household) -> None:
    assert running.status()["problems"] == []


def test_settings_that_are_refused_are_an_error_with_the_remedy(running: Household) -> None:
    running.config.write_text("rots = []")
    with pytest.raises(ConfigError):
        running.client.post("/v1/reload")
    problem = problems(running)["reload_failed"]
    assert problem["severity"] == "error"
    assert problem["sentence"] == running.status()["trouble"]
    assert "imgsimctl reload" in problem["remedy"]
    running.configure()
    running.client.post("/v1/reload")
    assert problems(running) == {}


def test_a_folder_that_is_offline_is_a_warning(running: Household) -> None:
    away = running.folder / "away"
    running.photos.rename(away)
    problem = appears(running, "root_offline")
    assert problem["severity"] == "warning"
    (root,) = running.status()["roots"]
    name = f"{root['path']} is offline: "
    assert problem["sentence"] == f"{name}the folder is not there; its photos are kept."
    assert f"{problem['sentence']} {problem['remedy']}" == f"{name}{root['reason']}"
    away.rename(running.photos)
    until(lambda: problems(running) == {})


def test_each_setting_without_effect_is_a_problem_of_its_kind_and_a_note(
    running: Household,
) -> None:
    (running.photos / ".private").mkdir()
    running.config.write_text(
        f'roots = ["{running.photos}", "{running.photos}/.private"]\n'
        f'ignore = ["never-there"]\nstate_dir = "{running.folder}/elsewhere"\n'
        "[watching]\nquiet = 0.2\n"
    )
    running.client.post("/v1/reload")
    notes = running.settle()["notes"]
    found = problems(running)
    kinds = {"setting_renamed", "setting_waits", "root_left_out", "pattern_unused"}
    assert set(found) == kinds
    assert sorted(notes) == sorted(
        f"{problem['sentence']} {problem['remedy']}" for problem in found.values()
    )


def test_status_for_people_shows_each_problem_once_and_what_to_do(running: Household) -> None:
    (running.photos / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    appears(running, "photos_failed")
    os.symlink("/nowhere", running.photos / "link.jpg")
    appears(running, "files_skipped")
    running.config.write_text("rots = []")
    running.ctl("reload")
    shown = running.ctl("status").stdout.decode()
    assert set(problems(running)) == {"photos_failed", "files_skipped", "reload_failed"}
    for problem in problems(running).values():
        assert shown.count(f"{problem['sentence']} {problem['remedy']}") == 1


def test_photos_that_cannot_be_read_are_worth_knowing(running: Household) -> None:
    (running.photos / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    problem = appears(running, "photos_failed")
    assert problem["severity"] == "info"
    assert "imgsimctl failed" in problem["remedy"]


def test_images_that_are_kept_and_files_that_are_skipped_are_told_apart(
    running: Household, album: list[Path]
) -> None:
    os.symlink("/nowhere", running.photos / "link.jpg")
    running.add(album[1], "more/b.jpg")
    until(lambda: running.settle()["images"] == 2)
    running.add(album[1], "more/.nomedia")
    assert "symbolic link" in appears(running, "files_skipped")["sentence"]
    assert "hidden, but kept" in appears(running, "images_hidden")["sentence"]
    (root,) = running.status()["roots"]
    for code in ("files_skipped", "images_hidden"):
        sentence = problems(running)[code]["sentence"].removesuffix(".")
        assert sentence.removeprefix(f"{root['path']}: ") in root["reason"]


def test_a_database_that_was_set_aside_is_told_until_it_is_removed(running: Household) -> None:
    assert running.stop() == 0
    database = running.state / "gallery.db"
    database.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    running.start()
    running.settle()
    problem = problems(running)["database_set_aside"]
    assert problem["severity"] == "warning"
    assert problem["sentence"] == running.status()["trouble"]
    for aside in set(running.state.glob("gallery.db*")) - set(running.state.glob("gallery.db")):
        if str(aside) in problem["sentence"]:
            shutil.move(aside, running.folder / aside.name)
    until(lambda: problems(running) == {})
