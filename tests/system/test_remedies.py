"""What a problem says to do works as it is written: the command ends or explains it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from imgsimd import problems
from imgsimd.errors import UnhealthyError
from tests.support.household import Household, until
from tests.support.patience import DEADLINE

pytestmark = [pytest.mark.user, pytest.mark.long]


@pytest.fixture
def running(home: Household, album: list[Path]) -> Household:
    """Two photos in a folder whose name a shell would not leave alone."""
    odd = home.folder / "it's $HOME; `x`"
    home.photos.rename(odd)
    home.photos = odd
    home.configure()
    for picture in album[:2]:
        home.add(picture, f"a/{picture.name}")
    home.start()
    home.settle()
    return home


def found(home: Household, code: str) -> dict[str, Any]:
    """The problem with this code, as soon as it is there."""

    def look() -> dict[str, Any] | None:
        return {each["code"]: each for each in home.status()["problems"]}.get(code)

    problem: dict[str, Any] = until(look)
    return problem


def obey(
    home: Household, problem: dict[str, Any], command: str
) -> subprocess.CompletedProcess[str]:
    """Runs what the remedy says after its last colon, as somebody pastes it into a shell."""
    last = problem["remedy"].rpartition(": ")[2]
    assert last.startswith(command), problem["remedy"]
    return subprocess.run(
        ["sh", "-c", last], env=home.environ, capture_output=True, text=True, timeout=DEADLINE,
        check=False,
    )  # fmt: skip


def ends(home: Household, code: str, command: str) -> None:
    """The problem is there, and the command of its remedy ends it."""
    result = obey(home, found(home, code), command)
    assert result.returncode == 0, result.stderr
    until(lambda: code not in {each["code"] for each in home.status()["problems"]})


def is_explained(home: Household, code: str) -> None:
    """The problem is there, and its remedy names `doctor`, which finds something, too."""
    result = obey(home, found(home, code), "imgsimctl doctor")
    assert result.returncode == UnhealthyError.exit_code, result.stdout


def test_settings_that_are_refused(running: Household) -> None:
    running.config.write_text("rots = []")
    running.ctl("reload")
    running.configure()
    ends(running, "reload_failed", "imgsimctl reload")


def test_an_old_name_of_a_setting(running: Household) -> None:
    text = running.config.read_text()
    running.config.write_text(text.replace("quiet_seconds", "quiet"))
    running.ctl("reload")
    running.config.write_text(text)
    ends(running, "setting_renamed", "imgsimctl reload")


def test_a_folder_that_is_gone(running: Household) -> None:
    shutil.rmtree(running.photos)
    ends(running, "root_offline", "imgsimctl unwatch")


def test_a_root_that_is_left_out(running: Household) -> None:
    (inner := running.photos / ".private").mkdir()
    running.config.write_text(f'roots = ["{running.photos}", "{inner}"]')
    running.ctl("reload")
    ends(running, "root_left_out", "imgsimctl unwatch")


def test_images_that_are_kept(running: Household) -> None:
    (running.photos / "a/.nomedia").touch()
    ends(running, "images_hidden", "imgsimctl forget")
    assert running.status()["images"] == 0


def test_a_link_that_leads_elsewhere(running: Household) -> None:
    (link := running.folder / "link").symlink_to(running.photos)
    (other := running.folder / "other").mkdir()
    running.config.write_text(f'roots = ["{link}"]\n[watching]\nhealth_seconds = 0.5')
    running.ctl("reload")
    running.settle()
    link.unlink()
    link.symlink_to(other)
    ends(running, "path_led_elsewhere", "imgsimctl forget")


def test_an_old_database(running: Household) -> None:
    running.stop()
    (running.state / "gallery.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    running.start()
    running.settle()
    ends(running, "database_set_aside", "rm ")


def test_a_database_that_does_not_work(running: Household, album: list[Path]) -> None:
    with closing(sqlite3.connect(running.state / "gallery.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        running.add(album[2], "new.jpg")
        is_explained(running, "database_failed")
        other.execute("ROLLBACK")


def test_a_worker_that_does_not_start(running: Household, album: list[Path]) -> None:
    running.stop()
    (broken := running.folder / "broken").mkdir()
    (broken / "cv2.py").write_text("raise ImportError('no OpenCV')")
    running.add(album[2], "new.jpg")
    running.start(PYTHONPATH=str(broken))
    is_explained(running, "indexing_failed")


def test_no_error_or_warning_is_without_a_remedy() -> None:
    """Kinds without one get it for each problem: those of which a command is tested here."""
    tested = set(re.findall(r'"(\w+_\w+)", "(?:imgsimctl|rm) ', Path(__file__).read_text()))
    for kind in problems.KINDS:
        assert kind.severity == "info" or kind.remedy or kind.code in tested, kind
