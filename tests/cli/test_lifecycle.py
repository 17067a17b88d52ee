"""Each command reports its result, and succeeds only if the work is done."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imgsimd.errors import AlreadyRunningError, ConfigError, NoDaemonError, NotInTimeError
from tests.support.household import PLANTED, SCRIPTS, Household, until
from tests.support.patience import DEADLINE
from tests.support.requires import needs_namespaces

pytestmark = pytest.mark.user

CONTAINER = ("unshare", "-Urpf", "--kill-child", "sh", "-c", '"$0" & wait')
"""The daemon is process 2 in it. (Process 2 of a machine is the kernel's, which nobody can end.)"""
PAUSED = "1 photo is pending. Indexing is paused. Continue with `imgsimctl resume`."


@pytest.fixture(scope="module")
def paused(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Any:
    """A household with several folders that is paused while one of two photos waits."""
    home = Household(tmp_path_factory.mktemp("home"))
    home.configure('ignore = ["Private"]')
    text = home.config.read_text().replace("]\n", f', "{home.folder}/Archive"]\n', 1)
    home.config.write_text(text)
    (home.photos / "Private").mkdir()
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    assert home.ctl("pause").returncode == 0
    home.add(album[1], "b.jpg")
    until(lambda: (home.status()["state"], home.status()["pending"]) == ("paused", 1))
    yield home
    home.close()


def lines(output: bytes) -> list[str]:
    return output.decode().splitlines()


def test_pause_says_what_still_works_and_how_to_continue(paused: Household) -> None:
    said = paused.ctl("pause").stdout.decode()
    assert said == "Indexing is paused. Continue with `imgsimctl resume`. Searching still works.\n"
    shown = paused.ctl("status").stdout.decode()
    assert "Indexing is paused. Continue with `imgsimctl resume`.\n" in shown


@pytest.mark.parametrize("command", [["wait"], ["wait", "--timeout", "600"]], ids=" ".join)
def test_waiting_while_paused_ends_at_once_and_says_why(
    paused: Household, command: list[str]
) -> None:
    result = subprocess.run(
        [SCRIPTS / "imgsimctl", *command],
        env=paused.environ, capture_output=True, check=False, timeout=DEADLINE,
    )  # fmt: skip
    assert result.returncode == NotInTimeError.exit_code
    assert lines(result.stderr) == [f"imgsimctl: {PAUSED}"]


def test_up_while_paused_does_not_end_as_if_all_was_done(paused: Household) -> None:
    result = paused.ctl("up")
    assert result.returncode == NotInTimeError.exit_code
    assert lines(result.stderr)[-1] == f"imgsimctl: {PAUSED}"
    assert "1 photo is searchable." in result.stdout.decode()


def test_up_with_a_new_folder_while_paused_counts_its_photos_first(
    paused: Household, album: list[Path]
) -> None:
    more = paused.folder / "More"
    more.mkdir()
    for picture in album[2:8]:
        shutil.copy(picture, more)
    try:
        result = paused.ctl("up", str(more))
        assert "7 photos are pending" in result.stderr.decode()
    finally:
        assert paused.ctl("unwatch", str(more)).returncode == 0
        until(lambda: (paused.status()["state"], paused.status()["pending"]) == ("paused", 1))


def test_a_rescan_that_would_look_at_nothing_says_why(paused: Household) -> None:
    photos, folder = paused.photos, paused.folder
    for place, reason in (
        (folder / "nowhere", f"No such folder: {folder}/nowhere."),
        (photos / "nowhere", f"No such folder: {photos}/nowhere."),
        (folder / "run", f"{folder}/run isn't watched. To watch it: imgsimctl watch {folder}/run"),
        (photos / "a.jpg", f"{photos}/a.jpg is a file; rescan its folder."),
        (photos / "Private", f"{photos}/Private is left out, by its name, the `ignore` "
         "setting, or a file such as `.nomedia`: nothing in it is indexed."),
        (folder / "Archive/2020", f"{folder}/Archive/2020 can't be rescanned: {folder}/Archive is "
         "offline (the folder is not there, and imgsimd knows no photos in it. If it is not coming "
         f"back: imgsimctl unwatch {folder}/Archive)."),
    ):  # fmt: skip
        result = paused.ctl("rescan", str(place))
        assert lines(result.stderr) == [f"imgsimctl: {reason}"]
        assert (result.returncode, result.stdout) == (ConfigError.exit_code, b"")


def test_a_rescan_says_what_it_looks_at_and_what_it_leaves_out(paused: Household) -> None:
    one = paused.ctl("rescan", str(paused.photos))
    assert lines(one.stdout) == [
        f"Rescanning {paused.photos} in the background; `imgsimctl wait` returns when it is done."
    ]
    all_of_them = paused.ctl("rescan")
    assert all_of_them.stdout.startswith(b"Rescanning 1 folder in the background")
    (left_out,) = lines(all_of_them.stderr)
    assert left_out.startswith(f"imgsimctl: Left out: {paused.folder}/Archive is offline (")


def test_a_reload_says_what_was_read_and_a_mistake_is_refused(paused: Household) -> None:
    assert lines(paused.ctl("reload").stdout)[0] == f"Reloaded {paused.config}."
    text = paused.config.read_text()
    paused.config.write_text(f'extensons = ["jpg"]\n{text}')
    try:
        for command in (["reload"], ["watch", str(paused.folder / "run")]):
            result = paused.ctl(*command)
            assert result.returncode == ConfigError.exit_code
            assert "Did you mean `extensions`?" in result.stderr.decode()
    finally:
        paused.config.write_text(text)
        assert paused.ctl("reload").returncode == 0


def test_up_without_a_folder_says_what_to_do(home: Household) -> None:
    home.config.write_text("")
    try:
        result = home.ctl("up")
        assert result.returncode == ConfigError.exit_code
        assert lines(result.stderr) == [
            "imgsimctl: No folder is watched yet. Run: imgsimctl up ~/Pictures"
        ]
        assert "No folder is watched yet" in home.ctl("rescan").stderr.decode()
    finally:
        home.ctl("down")


def test_resume_says_how_much_is_pending_and_wait_succeeds_if_nothing_is(
    home: Household, album: list[Path]
) -> None:
    home.start()
    home.settle()
    home.ctl("pause")
    assert home.ctl("wait").returncode == 0, "nothing is pending"
    result = home.ctl("up")
    assert result.returncode == 0
    assert "Indexing is paused. Continue with `imgsimctl resume`." in result.stdout.decode()
    home.add(album[0], "a.jpg")
    until(lambda: (home.status()["state"], home.status()["pending"]) == ("paused", 1))
    assert home.ctl("resume").stdout == b"Resumed, with 1 photo pending.\n"
    assert home.ctl("wait").returncode == 0
    assert home.status()["images"] == 1
    done = home.ctl("up").stdout.decode()
    assert "pictures/s" not in done


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_commands_that_wait_fail_if_the_daemon_ends_before_the_work_is_done(
    home: Household, number: signal.Signals
) -> None:
    (home.photos / "endless.jpg").write_bytes(b"DO hang")
    home.start(PYTHONPATH=str(PLANTED))
    until(lambda: home.status()["pending"] == 1)
    commands = (["up"], ["status", "--follow"], ["status", "--follow", "--json"], ["wait"])
    running = [
        subprocess.Popen(
            [SCRIPTS / "imgsimctl", *command],
            env=home.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for command in commands
    ]  # fmt: skip
    up, *following, _ = running
    for stream in (up.stderr, *(each.stdout for each in following)):
        assert stream is not None
        assert stream.readline(), "it follows the events"
    home.stop(number)
    for command, each in zip(commands, running, strict=True):
        out, error = each.communicate(timeout=DEADLINE)
        assert each.returncode == NoDaemonError.exit_code, command
        line = lines(error)[-1]
        assert "imgsimctl up" in line or "being stopped" in line
        assert b"searchable" not in out


@pytest.mark.parametrize("options", ["--follow", "--follow --json"])
def test_follow_ends_quietly_with_its_reader_even_if_nothing_happens(
    paused: Household, options: str
) -> None:
    result = subprocess.run(
        ["bash", "-c", f"imgsimctl status {options} | head -1; echo ${{PIPESTATUS[0]}}"],
        env=paused.environ, capture_output=True, check=False, timeout=DEADLINE,
    )  # fmt: skip
    assert (lines(result.stdout)[1:], result.stderr) == (["0"], b"")


def test_a_running_daemon_answers_while_its_configuration_is_being_edited(
    paused: Household,
) -> None:
    before = paused.config.read_text()
    paused.config.write_text(f"{before}\nignore = [")
    try:
        assert paused.ctl("status").returncode == 0
        result = paused.ctl("reload")
        assert (result.returncode, b"is not valid TOML" in result.stderr) == (9, True)
    finally:
        paused.config.write_text(before)


def test_failed_with_a_mistyped_path_does_not_say_that_nothing_failed(paused: Household) -> None:
    result = paused.ctl("failed", "nosuch")
    assert result.returncode == ConfigError.exit_code
    assert b"No such file or folder" in result.stderr


@needs_namespaces
def test_down_never_ends_the_process_that_has_here_the_number_of_a_daemon_in_a_container(
    home: Household,
) -> None:
    home.start(*CONTAINER)
    assert home.status()["pid"] == 2
    refused = home.ctl("down")
    assert refused.returncode == AlreadyRunningError.exit_code
    assert b"podman stop imgsimd" in refused.stderr
    assert home.answers()
