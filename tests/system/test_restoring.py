"""`imgsimctl restore` puts a backup back, with the daemon and its photos."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.errors import AlreadyRunningError, CatalogError, ConfigError
from tests.support.household import Household, indexed

pytestmark = pytest.mark.user


def decoded(home: Household) -> int:
    return int(home.settle()["decoded"])


def test_a_backup_comes_back_with_its_ids_and_what_is_newer_is_indexed_again(
    tmp_path: Path, album: list[Path]
) -> None:
    with indexed(tmp_path, album[:4]) as home:
        before = home.ids()
        backup = tmp_path / "gallery 2026.db"
        assert home.ctl("backup", str(backup)).returncode == 0
        (home.photos / album[0].name).unlink()
        home.add(album[4], "new.jpg")
        home.settle()
        try:
            done = home.ctl("restore", str(backup))
            assert done.returncode == 0, done.stderr
            said = done.stdout.decode()
            assert f"Restored 4 photos from {backup}." in said
            assert "gallery.db.before-restore-" in said
            assert decoded(home) == 1
            after = home.ids()
            assert after.pop("new.jpg") > 0
            assert after.items() <= before.items()
            assert len(after) == 3
        finally:
            home.ctl("down")


@pytest.mark.long
def test_a_bad_backup_leaves_the_daemon_with_what_it_had(tmp_path: Path, album: list[Path]) -> None:
    with indexed(tmp_path, album[:2]) as home:
        before = home.ids()
        photo = home.photos / album[0].name
        try:
            for file, error, words in (
                (photo, CatalogError, "is not a backup of imgsimd"),
                (tmp_path / "absent.db", ConfigError, "No such file"),
                (home.photos, ConfigError, "directory"),
            ):
                done = home.ctl("restore", str(file))
                assert done.returncode == error.exit_code, done.stderr
                assert words in done.stderr.decode()
                assert home.ids() == before
            assert photo.read_bytes() == album[0].read_bytes()
        finally:
            home.ctl("down")


@pytest.mark.long
def test_a_backup_comes_through_a_pipe_where_no_daemon_runs(
    tmp_path: Path, album: list[Path]
) -> None:
    with indexed(tmp_path, album[:2]) as home:
        before = home.ids()
        backup = home.ctl("backup", "-").stdout
        home.stop()
        (home.state / "gallery.db").unlink()
        done = home.ctl("restore", "-", stdin=backup)
        assert done.stdout.decode().splitlines() == [
            "Restored 2 photos.",
            "To go on: imgsimctl up",
        ]
        home.start()
        assert decoded(home) == 0
        assert home.ids() == before


@pytest.mark.long
def test_a_daemon_that_cannot_be_reached_is_not_pulled_the_database_from_under(
    tmp_path: Path, album: list[Path]
) -> None:
    with indexed(tmp_path, album[:2]) as home:
        backup = home.ctl("backup", "-").stdout
        before = home.ids()
        done = home.ctl("restore", "-", stdin=backup, IMGSIMD_SOCKET=str(tmp_path / "nowhere"))
        assert done.returncode == AlreadyRunningError.exit_code
        assert "imgsimctl down" in done.stderr.decode()
        assert home.ids() == before
