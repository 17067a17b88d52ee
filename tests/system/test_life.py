"""The daemon's life: start, stop, being killed, being started twice, reloading, resting."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from imgsimd.config import DEFAULT_MODEL
from imgsimd.errors import AlreadyRunningError, ConfigError, ModelError
from tests.support.household import SCRIPTS, Household, children, until
from tests.support.patience import DEADLINE

pytestmark = [pytest.mark.user, pytest.mark.long]


@pytest.fixture
def many(home: Household, album: list[Path]) -> list[Path]:
    """150 pictures with different content, so that indexing takes a moment."""
    placed: list[Path] = []
    for number in range(150):
        (path,) = home.add(album[number % len(album)], f"{number % 7}/{number:03d}.jpg")
        with path.open("ab") as file:
            file.write(b"%d" % number)  # behind the end of the picture: it decodes all the same
        placed.append(path)
    return placed


def rows(home: Household) -> list[tuple[bytes, int]]:
    """(path, number of vectors) of every image in the database."""
    with sqlite3.connect(home.state / "gallery.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute(
            """SELECT i.path, count(e.id) FROM images i
            LEFT JOIN embeddings e ON e.image_id = i.id GROUP BY i.id"""
        ).fetchall()


def test_sigterm_in_the_middle_of_work_ends_it_in_order_and_work_goes_on_afterwards(
    home: Household, many: list[Path]
) -> None:
    home.start()
    until(lambda: home.status()["images"] >= 20)
    assert home.process is not None
    home.process.terminate()
    assert home.process.wait(DEADLINE) == 0
    stored = sum(count for _, count in rows(home))
    assert 20 <= stored < 150
    home.start()
    status = home.settle()
    assert status["images"] == 150
    assert status["decoded"] == 150 - stored


def test_a_second_start_decodes_nothing(home: Household, album: list[Path]) -> None:
    home.add(album[0], "a.jpg", "b/c.jpg")
    home.start()
    home.settle()
    before = home.ids()
    assert home.stop(signal.SIGINT) == 0
    home.start()
    status = home.settle()
    assert (status["images"], status["decoded"]) == (2, 0)
    assert home.ids() == before


def test_a_daemon_without_work_has_no_worker(home: Household, album: list[Path]) -> None:
    home.configure("[worker]\nkeep_alive_seconds = 0.2")
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    until(lambda: not home.status()["worker"])
    pid = home.status()["pid"]
    until(lambda: children(pid) == [])


def test_no_worker_outlives_a_killed_daemon(home: Household, album: list[Path]) -> None:
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    assert home.process is not None
    (worker,) = children(home.process.pid)
    home.stop(signal.SIGKILL)
    until(lambda: not Path(f"/proc/{worker}").exists() or _is_zombie(worker))


def _is_zombie(pid: int) -> bool:
    """Ended, but its new parent (a container's first process, say) has not noticed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_killed_worker_costs_nothing_but_time(home: Household, many: list[Path]) -> None:
    home.start()
    assert home.process is not None
    until(lambda: home.status()["images"] >= 10)
    for worker in children(home.process.pid):
        os.kill(worker, signal.SIGKILL)
    assert home.status()["pid"] == home.process.pid, "it answers meanwhile"
    status = home.settle()
    assert (status["images"], status["failed"]) == (150, 0)


def test_indexing_pauses_and_resumes(home: Household, album: list[Path]) -> None:
    home.start()
    home.settle()
    home.client.post("/v1/pause")
    home.add(album[0], "a.jpg")
    until(lambda: home.status()["pending"] == 1)
    status = home.status()
    assert (status["state"], status["images"]) == ("paused", 0)
    home.client.post("/v1/resume")
    assert home.settle()["images"] == 1


def test_two_daemons_cannot_share_a_state_directory_or_a_socket(home: Household) -> None:
    home.start()
    assert home.process is not None
    for own in (
        {"IMGSIMD_SOCKET": f"{home.folder}/own"},
        {"IMGSIMD_STATE_DIR": f"{home.folder}/s"},
    ):
        second = subprocess.run(
            [SCRIPTS / "imgsimd"],
            env=home.environ | own,
            capture_output=True,
            timeout=DEADLINE,
            check=False,
        )
        assert second.returncode == AlreadyRunningError.exit_code
        assert f"process {home.process.pid}" in second.stderr.decode()
        assert home.status()["pid"] == home.process.pid


def test_a_bad_configuration_is_refused_at_the_start_with_the_key(home: Household) -> None:
    home.config.write_text("rots = []")
    result = subprocess.run(
        [SCRIPTS / "imgsimd"], env=home.environ, capture_output=True, timeout=DEADLINE, check=False
    )
    assert result.returncode == ConfigError.exit_code
    assert "rots" in result.stderr.decode()
    assert "Traceback" not in result.stderr.decode()


def test_a_reload_with_a_bad_configuration_keeps_the_old_one(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    for text in (
        "roots = [", 'rots = ["/x"]', 'roots = ["/"]', "roots = 5",
        "[worker]\nkeep_alive_seconds = -1",
    ):  # fmt: skip
        home.config.write_text(text)
        with pytest.raises(ConfigError, match=r"config\.toml"):
            home.client.post("/v1/reload")
        assert "config.toml" in home.status()["trouble"]
    assert home.settle()["images"] == 1
    home.configure()
    home.client.post("/v1/reload")
    assert home.status()["trouble"] == ""


def test_sighup_reloads(home: Household, album: list[Path]) -> None:
    (home.folder / "more").mkdir()
    home.start()
    home.settle()
    home.config.write_text(f'roots = ["{home.photos}", "{home.folder}/more"]')
    assert home.process is not None
    home.process.send_signal(signal.SIGHUP)
    until(lambda: len(home.status()["roots"]) == 2)


def test_an_unknown_model_is_refused(home: Household) -> None:
    home.start()
    home.configure('model = "nothing"')
    with pytest.raises(ModelError, match=DEFAULT_MODEL):
        home.client.post("/v1/reload")


def test_the_photos_are_never_touched(home: Household, album: list[Path]) -> None:
    paths = home.add(album[0], "a.jpg", "b/c.jpg")
    before = [(path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in paths]
    listing = sorted(home.photos.rglob("*"))
    home.start()
    home.settle()
    home.similar(paths[0])
    home.stop()
    assert [(path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in paths] == before
    assert sorted(home.photos.rglob("*")) == listing


def test_indexing_waits_while_there_are_no_descriptors(home: Household, album: list[Path]) -> None:
    """The worker cannot start, and says why; the daemon stays up and tries again."""
    home.start()
    home.settle()
    assert home.process is not None
    pid = home.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    few = len(os.listdir(f"/proc/{pid}/fd")) + 2
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (few, limits[1]))
    home.add(album[0], "a.jpg")
    until(lambda: "Too many open files. It is tried again" in home.log())
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    until(lambda: home.status()["images"] == 1)
    assert home.status()["trouble"] == ""
