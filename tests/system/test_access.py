"""A file or folder that cannot be used is reported in one sentence with advice, and an exit code of
its own; never with a traceback."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from imgsimd import access, locations
from imgsimd.errors import ConfigError
from imgsimd.gallery.catalog.database import DatabaseFile
from tests.support.household import SCRIPTS, Household
from tests.support.patience import DEADLINE
from tests.support.requires import needs_root, needs_tool
from tests.support.seclusion import alone, obey_modes

pytestmark = pytest.mark.user

OTHER = 12345
"""The id of another user."""
POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
"""Runs a command as root without root's rights: it may use its own files only."""


@alone
def test_nothing_is_reported_about_a_path_that_may_be_used(tmp_path: Path) -> None:
    obey_modes()
    (tmp_path / "file").touch()
    assert access.barred(tmp_path / "file", tmp_path / "new" / "deep") == ""


@alone
def test_a_path_closed_by_its_owner_is_reported_with_the_chmod_that_opens_it(
    tmp_path: Path,
) -> None:
    obey_modes()
    folder, file = tmp_path / "a folder", tmp_path / "file"
    folder.mkdir(mode=0o500)
    file.touch(mode=0o200)
    assert access.barred(file) == f"Permission denied. To allow it: `chmod u+rwX {file}`"
    for path in (folder, folder / "new", folder / "new" / "deep"):
        said = f"Permission denied. To allow it: `chmod u+rwX '{folder}'`"
        assert access.barred(path) == said


@pytest.fixture
def given_away(tmp_path: Path) -> tuple[Path, Path]:
    """Our folder, in which a lock belongs to another user, and a folder of that user."""
    mine, theirs = tmp_path / "imgsimd", tmp_path / "opt" / "theirs"
    mine.mkdir()
    theirs.mkdir(parents=True)
    (mine / "lock").touch(mode=0o600)
    for path in (mine / "lock", theirs):
        os.chown(path, OTHER, OTHER)
    return mine, theirs


@needs_root
@alone
def test_a_path_of_another_user_is_reported_with_the_chown_that_returns_it(
    tmp_path: Path, given_away: tuple[Path, Path]
) -> None:
    """The advice covers our whole folder, where an earlier `sudo` may have left more, but never a
    folder that everybody uses."""
    mine, theirs = given_away
    obey_modes()
    told = access.explain(PermissionError(13, "Permission denied"), mine / "lock")
    assert f"{mine}/lock belongs to " in told
    assert told.endswith(f"To get it back: `sudo chown -R root {mine}`"), told
    assert "chown" not in access.barred(theirs / "file")
    assert f"{theirs} belongs to " in access.barred(theirs / "file")
    os.environ["HOME"] = str(tmp_path / "opt")
    assert access.barred(theirs / "file").endswith(f"`sudo chown -R root {theirs}`")
    os.environ["HOME"] = "/"
    assert "chown" not in access.barred(theirs / "file")


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError) as refused:
        (tmp_path / "file").mkdir()
    for path in (tmp_path / "file", tmp_path / "file" / "new"):
        said = f"{tmp_path}/file is a file, but a folder is needed there"
        assert access.explain(refused.value, path) == said


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 10_000])
def test_a_configuration_that_python_cannot_read_is_reported_in_one_sentence(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "config.toml").write_text(f"x = {text}")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        locations.read_toml(tmp_path / "config.toml")


def test_a_path_that_no_file_can_have_is_reported_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('state_dir = "/a\\u0000b"')
    with pytest.raises(ConfigError, match="NUL"):
        locations.find({}, tmp_path / "config.toml")


def close_state(home: Household) -> Path:
    home.state.mkdir(parents=True)
    return home.state


def close_lock(home: Household) -> Path:
    close_state(home)
    (home.state / "lock").touch(mode=0o600)
    return home.state / "lock"


def close_database(home: Household) -> Path:
    close_state(home)
    (home.state / "gallery.db").touch(mode=0o600)
    return home.state / "gallery.db"


def close_database_to_writers(home: Household) -> Path:
    close_state(home)
    DatabaseFile(home.state / "gallery.db").close()
    (home.state / "gallery.db").chmod(0o644)
    return home.state / "gallery.db"


def close_configuration(home: Household) -> Path:
    home.config.parent.chmod(0o700)
    return home.config.parent


def close_home(home: Household) -> Path:
    (home.folder / ".local").mkdir(mode=0o755)
    return home.folder / ".local"


@needs_root
@needs_tool("setpriv")
@pytest.mark.parametrize(
    ("close", "code"),
    [(close_state, 9), (close_lock, 9), (close_database, 11),
     (close_database_to_writers, 11), (close_configuration, 9), (close_home, 9)],
)  # fmt: skip
def test_command_and_daemon_alike_report_what_an_earlier_sudo_left(
    home: Household, close: Callable[[Household], Path], code: int
) -> None:
    closed = close(home)
    os.chown(closed, OTHER, OTHER)
    whole = closed if closed.is_dir() else home.state
    programs = [["imgsimctl", "up", str(home.photos)]]
    programs += [["imgsimd"]] if close is close_state else []  # `up` does not start it then
    for program in programs:
        done = run(home, *program)
        said = done.stderr.decode()
        assert done.returncode == code, said
        assert f"`sudo chown -R root {whole}`" in said
        assert "Traceback" not in said


@needs_root
@needs_tool("setpriv")
def test_a_state_directory_that_cannot_be_read_is_not_taken_for_a_daemon_that_refuses(
    home: Household,
) -> None:
    close_home(home).chmod(0o700)
    os.chown(home.folder / ".local", OTHER, OTHER)
    for command in ("status", "down", "up"):
        done = run(home, "imgsimctl", command)
        assert (done.returncode, b"sudo chown -R root" in done.stderr) == (9, True), done.stderr


def run(home: Household, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [*POWERLESS, str(SCRIPTS / program), *arguments]
    return subprocess.run(
        command, env=home.environ, capture_output=True, timeout=DEADLINE, check=False
    )


@needs_root
@needs_tool("setpriv")
def test_a_runtime_directory_of_another_user_is_no_obstacle(
    home: Household, album: list[Path]
) -> None:
    """As after `su`, which leaves XDG_RUNTIME_DIR as it was."""
    home.add(album[0], "a.jpg")
    os.chown(home.folder / "run", OTHER, OTHER)
    for command in (["up"], ["status"], ["down"]):
        done = run(home, "imgsimctl", *command)
        assert done.returncode == 0, done.stderr.decode()


@needs_tool("prlimit")
def test_too_few_descriptors_to_start_are_reported(home: Household) -> None:
    done = subprocess.run(
        ["prlimit", "--nofile=8", SCRIPTS / "imgsimd"],
        env=home.environ,
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == ConfigError.exit_code
    assert b"Too many open files" in done.stderr
    assert b"Traceback" not in done.stderr
