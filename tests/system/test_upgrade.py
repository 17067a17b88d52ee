"""Another version is installed while the daemon runs: real wheels in real environments."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.client import Client
from imgsimd.errors import ImgsimdError, WorkerError
from tests.support.household import Household, children, until
from tests.support.patience import LONG_DEADLINE
from tests.support.user_manager import UserManager, user_manager
from tests.support.wheels import RELEASE_0_2_0, Environment, built, call, lacking, sources

pytestmark = pytest.mark.long

NEXT = "0.3.1"
DEFAULT_OF_0_2_0 = "efficientnet-lite0"
SETTINGS = """\
roots = ["{}"]
[watching]
quiet_seconds = 0.2
health_seconds = 0.5
[worker]
keep_alive_seconds = 1.0
"""
"""Those that 0.2.0 knows, too."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`old` is 0.2.0, `now` what is tested here, and `next` the same with another version."""
    folder = tmp_path_factory.mktemp("wheels")
    old = built(sources(folder / "old", RELEASE_0_2_0), folder)
    current = sources(folder / "now")
    now = built(current, folder)
    call(current, NEXT)
    return {"old": old, "now": now, "next": built(current, folder)}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "environment")


@pytest.fixture
def home(
    tmp_path: Path, environment: Environment, album: list[Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Household]:
    """Six photos; nothing is installed yet."""
    monkeypatch.chdir(tmp_path)  # programs of 0.2.0 import what is in the current folder
    (tmp_path / "home").mkdir()
    home = Household(tmp_path / "home", scripts=environment.bin)
    home.config.write_text(SETTINGS.format(home.photos))
    for picture in album[:6]:
        home.add(picture, picture.name)
    yield home
    home.close()


@pytest.fixture
def running(home: Household, environment: Environment, wheels: dict[str, Path]) -> Household:
    """The version that is tested here has indexed the photos."""
    environment.install(wheels["now"])
    home.start()
    home.settle()
    return home


def has_become(home: Household, version: str) -> bool:
    return bool(home.status()["version"] == version)


def problem(home: Household) -> str:
    """The code of the worst problem; empty if there is none."""
    return str(next((each["code"] for each in home.status()["problems"]), ""))


def answers(home: Household, **options: bool) -> dict[str, list[tuple[int, str]]]:
    """What is found for each photo."""
    return {
        photo.name: [(match["id"], match["path"]) for match in home.similar(photo, **options)]
        for photo in sorted(home.photos.iterdir())
    }


class Caller:
    """Asks without a pause, as many callers do."""

    def __init__(self, home: Household) -> None:
        self._home = home
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.errors: list[ImgsimdError] = []

    def __enter__(self) -> Caller:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        photo = next(self._home.photos.iterdir())
        while not self._over.wait(0.02):
            try:
                self._home.similar(photo)
            except ImgsimdError as error:
                self.errors.append(error)


def test_the_daemon_becomes_the_version_that_is_installed_and_no_caller_is_refused(
    running: Household, environment: Environment, wheels: dict[str, Path]
) -> None:
    before, ids, found = running.status(), running.ids(), answers(running)
    with Caller(running) as caller:
        environment.install(wheels["next"])
        until(lambda: has_become(running, NEXT), LONG_DEADLINE)
    after = running.settle()
    assert caller.errors == []
    assert (after["pid"], after["decoded"], after["problems"]) == (before["pid"], 0, [])
    assert (running.ids(), answers(running)) == (ids, found)
    assert running.stop() == 0
    assert not running.socket.exists()


def test_who_waits_for_the_indexing_goes_on_waiting_and_a_pause_lasts(
    running: Household, environment: Environment, wheels: dict[str, Path], album: list[Path]
) -> None:
    running.client.post("/v1/pause")
    running.add(album[6], "new.jpg")
    events = Client(running.socket).events()
    assert next(events).state == "paused"
    environment.install(wheels["next"])
    assert next(status for status in events if status.version == NEXT)
    until(lambda: running.status()["state"] == "paused")
    running.client.post("/v1/resume")
    assert Client(running.socket).wait().images == 7


def test_a_gallery_of_0_2_0_keeps_its_ids_and_answers_while_it_is_read_anew(
    home: Household, environment: Environment, wheels: dict[str, Path]
) -> None:
    """By the model that was the default: test_model_change.py changes to that of now."""
    home.config.write_text(f'model = "{DEFAULT_OF_0_2_0}"\n{home.config.read_text()}')
    environment.install(wheels["old"])
    assert home.ctl("up").returncode == 0
    ids, found, pid = home.ids(), answers(home), home.status()["pid"]
    environment.install(wheels["now"])
    told = home.ctl("failed").stderr.decode()
    assert "The running imgsimd is version 0.2.0 or earlier" in told
    assert told.endswith("To restart imgsimd, run: imgsimctl up\n")
    again = home.ctl("up")
    assert again.returncode == 0, again.stderr
    assert "Restarting imgsimd: 0.2.0 was running" in again.stderr.decode()
    assert home.status()["pid"] != pid
    assert (home.ids(), answers(home, exact_order=True)) == (ids, found)  # 0.2.0 has no other
    assert home.ctl("failed").stderr == b"imgsimctl: No failures.\n"
    assert home.ctl("down").returncode == 0


def test_while_the_environment_is_gone_it_answers_and_refuses_no_photo(
    running: Household, environment: Environment, wheels: dict[str, Path], album: list[Path]
) -> None:
    """As `pipx reinstall` and `uv tool install --force` remove it first."""
    found = answers(running)
    pid = running.status()["pid"]
    until(lambda: not children(pid))
    shutil.rmtree(environment.folder)
    assert answers(running) == found
    with pytest.raises(WorkerError, match="is being updated"):
        running.client.upload("/v1/vectors", album[6].read_bytes())
    running.add(album[7], "new.jpg")
    until(lambda: problem(running) == "update_failed", LONG_DEADLINE)
    until(lambda: running.status()["pending"] == 1)
    assert "was removed from" in running.status()["trouble"]
    Environment(environment.folder).install(wheels["next"])
    until(lambda: has_become(running, NEXT), LONG_DEADLINE)
    after = running.settle()
    assert (after["images"], after["failed"], after["pid"]) == (7, 0, pid)
    assert "new.jpg" in running.ids()


def test_a_broken_installation_leaves_the_running_version_until_it_is_mended(
    running: Household, environment: Environment, wheels: dict[str, Path], tmp_path: Path
) -> None:
    """It is broken from the first moment: otherwise it might be examined before that."""
    environment.install(lacking(wheels["next"], "imgsimd/config.py", tmp_path / "broken"))
    assert not (environment.site / "imgsimd/config.py").exists()
    until(lambda: problem(running) == "update_failed", LONG_DEADLINE)
    assert not has_become(running, NEXT)
    assert running.similar(next(running.photos.iterdir()))
    environment.install(wheels["next"])
    until(lambda: has_become(running, NEXT), LONG_DEADLINE)


def test_an_uninstalled_daemon_goes_on_until_it_is_stopped_and_starts_nothing(
    running: Household, environment: Environment
) -> None:
    environment.uninstall()
    until(lambda: problem(running) == "update_failed", LONG_DEADLINE)
    assert "was removed from" in running.status()["trouble"]
    assert running.similar(next(running.photos.iterdir()))
    assert running.stop() == 0


def test_an_older_version_is_refused_while_it_runs_and_refuses_the_database_itself(
    running: Household, environment: Environment, wheels: dict[str, Path]
) -> None:
    environment.install(wheels["old"])
    until(lambda: problem(running) == "update_failed", LONG_DEADLINE)
    assert "imgsimd 0.2.0 was installed, which is too old" in running.status()["trouble"]
    assert running.stop() == 0
    database = running.state / "gallery.db"
    before = database.read_bytes()
    refused = running.ctl("up")
    assert refused.returncode == 11
    assert b"was written by a newer imgsimd" in refused.stderr
    assert database.read_bytes() == before
    environment.install(wheels["now"])
    assert running.ctl("up").returncode == 0
    assert len(running.ids()) == 6
    assert running.ctl("down").returncode == 0


@pytest.fixture
def manager(home: Household) -> Iterator[UserManager]:
    """Beside the units, there are settings as by `systemctl --user edit`: where the log goes, and
    what a systemd in namespaces cannot do."""
    settings = home.folder / ".config/systemd/user/imgsimd.service.d/log.conf"
    settings.parent.mkdir(parents=True)
    log = f"StandardError=append:{home.folder}/log"
    settings.write_text(f"[Service]\n{log}\nProtectKernelTunables=no\nProtectKernelLogs=no\n")
    with user_manager(home.environ, home.folder / "systemd.log") as manager:
        yield manager


def test_systemd_keeps_the_service_running_from_one_version_to_the_next(
    home: Household, environment: Environment, wheels: dict[str, Path], manager: UserManager
) -> None:
    ctl, unit = environment.bin / "imgsimctl", home.config.parents[1] / "systemd/user"
    environment.install(wheels["old"])
    begun = manager.run(ctl, "up")
    assert begun.returncode == 0, begun.stderr + home.log()
    before, ids = manager.show("MainPID"), home.ids()
    old_unit = (unit / "imgsimd.service").read_text()
    environment.install(wheels["now"])
    assert "To restart imgsimd, run: imgsimctl up" in manager.run(ctl, "failed").stderr
    restarted = manager.run(ctl, "up")
    assert restarted.returncode == 0, restarted.stderr + home.log()
    assert manager.show("MainPID") != before
    new_unit = (unit / "imgsimd.service").read_text()
    assert new_unit != old_unit
    assert f'ExecStart="{environment.bin}/imgsimd"' in new_unit
    assert home.ids() == ids
    unchanged = ["ActiveState", "SubState", "MainPID", "NRestarts", "ExecMainStartTimestamp",
                 "WatchdogUSec"]  # fmt: skip
    before = manager.show(*unchanged)
    with Caller(home) as caller:
        environment.install(wheels["next"])
        until(lambda: has_become(home, NEXT), LONG_DEADLINE)
    assert (caller.errors, home.settle()["decoded"], home.ids()) == ([], 0, ids)
    assert manager.show(*unchanged) == before
    assert manager.run("systemctl", "--user", "reload", "imgsimd").returncode == 0
    assert manager.run(ctl, "down").stdout == "Stopped.\n"
    assert manager.show("ActiveState", "Result") == ["Result=success", "ActiveState=inactive"]
