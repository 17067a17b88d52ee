"""There is one daemon for a state directory, and it can always be reached."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imgsimd import lockfile
from imgsimd.client.transport import Transport
from imgsimd.errors import DisownedError, StoppedError
from tests.support.household import SCRIPTS, Household, until
from tests.support.patience import DEADLINE

pytestmark = [pytest.mark.user, pytest.mark.long]


@pytest.fixture(scope="module")
def detached(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Three photos, and a daemon that `up` has started."""
    home = Household(tmp_path_factory.mktemp("home"))
    for picture in album[:3]:
        home.add(picture, picture.name)
    assert home.ctl("up").returncode == 0
    yield home
    home.ctl("down")


def pid(home: Household) -> int | None:
    return lockfile.holder(home.state / "lock")


def assert_all_commands_work(home: Household, runtime: str | Path | None = None) -> None:
    photo = str(next(home.photos.iterdir()))
    runtime = home.folder / "run" if runtime is None else runtime
    for command in (["status"], ["similar", photo], ["up"], ["roots"]):
        done = home.ctl(*command, XDG_RUNTIME_DIR=str(runtime))
        assert done.returncode == 0, (command, done.stderr.decode())


def test_the_daemon_is_found_whatever_the_callers_environment(
    detached: Household, tmp_path: Path
) -> None:
    """As of cron, of ssh without a session, of sudo."""
    (tmp_path / "run").mkdir()
    for runtime in ("", tmp_path / "run", tmp_path / "none", "relative"):
        assert_all_commands_work(detached, runtime)
    bare = {"HOME": str(detached.folder)}
    done = subprocess.run(
        [SCRIPTS / "imgsimctl", "status"], env=bare, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert pid(detached) == detached.status()["pid"]


def remove_socket(home: Household) -> None:
    home.socket.unlink()


def log_out(home: Household) -> None:
    shutil.rmtree(home.folder / "run")


def log_out_and_in(home: Household) -> None:
    log_out(home)
    (home.folder / "run").mkdir(mode=0o700)


def rename_folder(home: Household) -> None:
    home.socket.parent.rename(home.folder / f"run/{os.urandom(4).hex()}")


@pytest.mark.parametrize("loss", [remove_socket, rename_folder, log_out, log_out_and_in])
def test_a_daemon_whose_socket_is_gone_is_reached_by_every_command(
    detached: Household, loss: Callable[[Household], None]
) -> None:
    home, before = detached, pid(detached)
    loss(home)
    assert_all_commands_work(home)
    if loss is log_out:
        through = Transport(home.state / "control.sock")
        assert through.get("/v1/status")
        (home.folder / "run").mkdir(mode=0o700)
    until(lambda: home.socket.exists() and home.status())
    assert_all_commands_work(home)
    assert pid(home) == before, "it is the same daemon"


def test_a_daemon_without_a_socket_can_be_stopped_after_a_log_out(detached: Household) -> None:
    log_out(detached)
    assert detached.ctl("down").returncode == 0
    assert pid(detached) is None
    assert detached.ctl("up").returncode == 0, "there is no runtime directory to be had"
    (detached.folder / "run").mkdir(mode=0o700)


def remove(state: Path) -> None:
    shutil.rmtree(state)


def move(state: Path) -> None:
    state.rename(state.with_name("moved"))


def replace_lock(state: Path) -> None:
    """As a backup that is put back, or rsync."""
    shutil.copy2(state / "lock", state / "copy")
    (state / "copy").replace(state / "lock")


def replace(state: Path) -> None:
    shutil.copytree(state, state.with_name("copy"), ignore=lambda *_: ["control.sock"])
    move(state)
    state.with_name("copy").rename(state)


@pytest.mark.parametrize("loss", [remove, move, replace_lock, replace])
def test_a_daemon_that_has_lost_its_state_directory_ends_and_leaves_it_alone(
    home: Household, loss: Callable[[Path], None]
) -> None:
    home.start()
    home.settle()
    events = home.client.events("/v1/events")
    assert next(events)
    loss(home.state)
    there = contents(home.state)
    assert home.process is not None
    assert home.process.wait(DEADLINE) == DisownedError.exit_code
    assert contents(home.state) == there
    assert "was removed or replaced" in home.log()
    assert "Traceback" not in home.log()
    with pytest.raises(StoppedError):
        list(events)


def contents(folder: Path) -> dict[str, bytes] | None:
    if not folder.exists():
        return None
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_up_after_the_state_directory_was_deleted_gives_one_daemon_and_a_complete_index(
    detached: Household,
) -> None:
    """At once, while the old daemon lives; and nobody puts anything back."""
    home, before = detached, pid(detached)
    assert before is not None
    old = os.pidfd_open(before)
    shutil.rmtree(home.state)
    done = home.ctl("up", str(home.photos))
    assert done.returncode == 0, done.stderr
    assert b"3 photos are searchable." in done.stdout
    assert select.select([old], [], [], 0)[0], "the old daemon has ended"
    assert pid(home) not in (None, before)
    assert sorted(path.name for path in home.state.iterdir()) == [
        "control.sock", "gallery.db", "gallery.db-shm", "gallery.db-wal", "imgsimd.log", "lock",
    ]  # fmt: skip
    assert sorted(home.ids()) == sorted(path.name for path in home.photos.iterdir())
