"""Nothing is lost and questions are answered, whatever happens to the disk and the database."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from imgsimd.errors import ConfigError, UnsoundError
from imgsimd.types import HASH_BYTES
from imgsimd.words import of_bytes
from tests.killing import Killing
from tests.support.household import SCRIPTS, Household, indexed, until
from tests.support.patience import DEADLINE
from tests.support.requires import needs_namespaces, needs_root, needs_tool

pytestmark = [pytest.mark.user, pytest.mark.long]


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Ten photos and a running daemon; each test leaves all that it has well and indexed."""
    with indexed(tmp_path_factory.mktemp("home"), album[:10]) as home:
        yield home


def database(home: Household) -> Path:
    return home.state / "gallery.db"


def set_aside(home: Household) -> list[Path]:
    """The damaged databases, without their logs."""
    found = home.state.glob("gallery.db.corrupt-*")
    return [file for file in found if not file.name.endswith("-wal")]


@contextmanager
def meddling(home: Household) -> Iterator[sqlite3.Connection]:
    """The database as another program has it."""
    with closing(sqlite3.connect(database(home), isolation_level=None)) as connection:
        yield connection


def assert_answers(home: Household, picture: str) -> None:
    for ask in (home.status, lambda: home.similar(home.photos / picture)):
        assert ask()


def in_trouble(home: Household, words: str, picture: str) -> Callable[[], bool]:
    """Whether the status says so; meanwhile, questions are answered as ever."""

    def says_so() -> bool:
        assert_answers(home, picture)
        return words in home.status()["trouble"]

    return says_so


def goes_on(home: Household, images: int) -> None:
    """All is well again, nothing is lost, and nothing is there twice."""
    until(lambda: home.status()["images"] == images)
    until(lambda: home.status()["trouble"] == "")
    home.settle()
    assert json.loads(home.client.download("/v1/check")) == {"sound": True, "findings": []}


def test_a_locked_database_is_waited_for_while_questions_are_answered(
    shared_home: Household, album: list[Path]
) -> None:
    with meddling(shared_home) as other:
        other.execute("BEGIN EXCLUSIVE")
        shared_home.add(album[10], "locked out.jpg")
        until(in_trouble(shared_home, "another program holds it", album[0].name))
        with subprocess.Popen(
            [SCRIPTS / "imgsimctl", "up"], env=shared_home.environ, stderr=subprocess.PIPE
        ) as waiting:
            assert waiting.stderr
            assert any(b"another program holds it" in line for line in waiting.stderr)
            other.execute("ROLLBACK")
    goes_on(shared_home, 11)


def test_a_file_that_may_not_grow_is_waited_for_while_questions_are_answered(
    shared_home: Household, album: list[Path]
) -> None:
    images = shared_home.status()["images"]
    pid = shared_home.status()["pid"]
    smallest = min(os.path.getsize(file) for file in shared_home.state.glob("gallery.db*"))
    usual = resource.prlimit(pid, resource.RLIMIT_FSIZE, (smallest, resource.RLIM_INFINITY))
    shared_home.add(album[11], "too much.jpg")
    until(in_trouble(shared_home, "limit on the size of files", album[0].name))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)
    goes_on(shared_home, images + 1)


def test_a_database_that_is_deleted_is_put_back_within_the_health_period(
    shared_home: Household,
) -> None:
    before = shared_home.ids()
    for file in shared_home.state.glob("gallery.db*"):
        file.unlink()
    until(database(shared_home).exists)
    shared_home.stop(signal.SIGKILL)
    shared_home.start()
    shared_home.settle()
    assert shared_home.ids() == before
    assert shared_home.status()["decoded"] == 0


def test_check_finds_and_rebuild_repairs_what_was_changed_from_outside(
    shared_home: Household,
) -> None:
    before = shared_home.ids()
    names = sorted(before)
    ids = [before[name] for name in names]
    decoded = shared_home.status()["decoded"]
    with meddling(shared_home) as other:
        other.execute(
            "DELETE FROM images WHERE id = ?", [ids[0]]
        )  # but not its vector and metadata
        other.execute("DELETE FROM embeddings WHERE image_id = ?", [ids[1]])
        other.execute("UPDATE embeddings SET vector = zeroblob(1024) WHERE image_id = ?", [ids[2]])
        other.execute("UPDATE images SET mtime_ns = 1, content = x'' WHERE id = ?", [ids[3]])
        other.execute("UPDATE images SET path = ? WHERE id = ?", [b"/elsewhere/x.jpg", ids[4]])
    until(lambda: shared_home.similar(shared_home.photos / names[5]))  # is answered all the same
    result = shared_home.ctl("check", "--json")
    assert result.returncode == UnsoundError.exit_code
    findings = {f["what"]: f["examples"] for f in json.loads(result.stdout)["findings"]}
    path = {number: str(shared_home.photos / name) for number, name in enumerate(names)}
    assert len(findings.pop("database")) == 2
    assert findings == {
        "unknown": [path[0], path[4]],
        "changed": [path[3]],
        "stranded": [path[1]],
        "spoiled": [path[2]],
        "stray": ["/elsewhere/x.jpg", f"image {ids[0]}"],
    }
    table = shared_home.ctl("check")
    assert table.returncode == UnsoundError.exit_code
    assert path[3] in table.stdout.decode()
    rebuilt = shared_home.ctl("rebuild")
    assert rebuilt.returncode == 0
    assert rebuilt.stdout.decode() == (
        "Rebuilt. Photos are being rescanned in the background; `imgsimctl wait` returns when that "
        "is done.\n"
    )
    shared_home.settle()
    result = shared_home.ctl("check")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"No problems found: disk, catalog and index agree.\n"
    after = shared_home.ids()
    assert set(after) == set(before)
    kept = [name for name in names if name not in (names[0], names[4])]
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert shared_home.status()["decoded"] - decoded == 4, (
        "two vectors, a forgotten image and an unknown content"
    )
    (aside,) = set_aside(shared_home)  # for SQLite found it damaged
    aside.unlink()


def test_a_backup_is_made_while_indexing_and_can_be_put_back(
    shared_home: Household, album: list[Path], tmp_path: Path
) -> None:
    shared_home.client.post("/v1/pause")
    shared_home.add(album[20], "not yet.jpg")
    file = tmp_path / "backup.db"
    copied = shared_home.ctl("backup", str(file))
    assert copied.returncode == 0
    size = of_bytes(file.stat().st_size)
    assert copied.stdout.decode() == f"Backed up {size} to {file}.\n"
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600
    known = shared_home.ids()
    again = shared_home.ctl("backup", str(file))
    assert again.returncode == ConfigError.exit_code
    assert "exists already" in again.stderr.decode()
    shared_home.client.post("/v1/resume")
    shared_home.settle()
    shared_home.stop()
    shutil.copyfile(file, database(shared_home))
    shared_home.start()
    shared_home.settle()
    assert shared_home.status()["decoded"] == 1
    assert shared_home.ids().items() > known.items()


def test_a_gallery_of_an_earlier_version_still_knows_its_photos(
    home: Household, album: list[Path]
) -> None:
    """By SHA-256: one with new times, and one that came over from another disk."""
    (touched,), (left,) = home.add(album[0], "touched.jpg"), home.add(album[1], "left.jpg")
    os.utime(left, (1, 1))
    home.start()
    home.settle()
    before = home.ids()
    assert home.stop() == 0
    with meddling(home) as connection:
        for name in (touched, left):
            content = hashlib.sha256(name.read_bytes()).digest()
            values = [content, os.fsencode(name)]
            connection.execute("UPDATE images SET content = ? WHERE path = ?", values)
    os.utime(touched)
    shutil.copy2(left, home.photos / "arrived.jpg")
    left.unlink()
    home.start()
    assert home.settle()["decoded"] == 0
    assert home.ids() == {
        "touched.jpg": before["touched.jpg"],
        "arrived.jpg": before["left.jpg"],
    }
    home.add(album[2], "new.jpg")
    until(lambda: home.settle()["images"] == 3)
    with meddling(home) as connection:
        lengths = connection.execute("SELECT DISTINCT length(content) FROM images").fetchall()
    assert lengths == [(HASH_BYTES["sha256"],)]


def test_a_damaged_database_is_reported_until_it_is_removed(shared_home: Household) -> None:
    before, damaged = shared_home.ids(), b"rubbish" * 10000
    shared_home.stop()
    database(shared_home).write_bytes(damaged)
    shared_home.start()
    shared_home.settle()
    (aside,) = set_aside(shared_home)
    assert aside.read_bytes() == damaged
    assert str(aside) in shared_home.status()["trouble"]
    after = shared_home.ids()
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())
    aside.unlink()
    until(lambda: shared_home.status()["trouble"] == "")


def inside(home: Household, options: str) -> list[str]:
    """A command that gives the daemon a state directory on a file system of its own."""
    home.state.mkdir(parents=True, exist_ok=True)
    script = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
    return ["unshare", "-Urm", "sh", "-c", script, str(home.state)]


@needs_namespaces
def test_a_full_disk_stops_only_indexing_until_there_is_room_again(
    home: Household, album: list[Path]
) -> None:
    for picture in album[:2]:
        home.add(picture, picture.name)
    home.start(*inside(home, "size=4m"))
    home.settle()
    assert home.process is not None
    ballast = Path(f"/proc/{home.process.pid}/root{home.state}/ballast")
    ballast.write_bytes(bytes(shutil.disk_usage(ballast.parent).free))
    for picture in album[2:25]:
        home.add(picture, picture.name)
    until(in_trouble(home, "the disk is full", album[0].name))
    ballast.unlink()
    goes_on(home, 25)


@needs_namespaces
def test_a_state_directory_that_cannot_be_written_is_reported_at_the_start(home: Household) -> None:
    process = home.launch(*inside(home, "ro"))
    assert process.wait(DEADLINE) == ConfigError.exit_code
    assert f"The state directory {home.state} cannot be used" in home.log()


class Disk:
    """An ext4 file system in a file, mounted."""

    def __init__(self, image: Path, place: Path) -> None:
        self.image, self.place = image, place
        self.place.mkdir(parents=True, exist_ok=True)
        self._do("mount", "-o", "loop,errors=remount-ro", str(image), str(place))

    @classmethod
    def new(cls, image: Path, place: Path) -> Disk:
        with image.open("wb") as file:
            file.truncate(64 * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
        return cls(image, place)

    def close(self) -> None:
        self._do("umount", "--lazy", str(self.place))

    def fail(self) -> None:
        """As after a write that the disk refused: from now on it can be read only."""
        device = self._do("findmnt", "-no", "SOURCE", str(self.place)).strip()
        trigger = Path(f"/sys/fs/ext4/{os.path.basename(device)}/trigger_fs_error")
        trigger.write_text("tested")

    def _do(self, *command: str) -> str:
        result = subprocess.run(command, capture_output=True, check=False)
        if result.returncode:
            pytest.skip(f"no loop device can be mounted here: {result.stderr.decode()}")
        return result.stdout.decode()


@needs_root
@needs_tool("mkfs.ext4", "mount", "umount", "findmnt")
def test_after_a_power_cut_nothing_reported_is_lost_and_the_rest_is_done_again(
    home: Household, album: list[Path], tmp_path: Path
) -> None:
    """The disk is copied as it is while the daemon stands still; then it fails under the daemon,
    which goes on answering from what it knows."""
    disk = Disk.new(tmp_path / "disk.img", home.state)
    after = None
    try:
        for picture in album[:10]:
            home.add(picture, picture.name)
        home.start()
        home.settle()
        home.client.post("/v1/roots", {"path": str(home.photos)})
        for picture in album[11:15]:  # whose vectors may be lost
            home.add(picture, picture.name)
        home.settle()
        known = home.ids()
        assert home.process is not None
        home.process.send_signal(signal.SIGSTOP)
        shutil.copyfile(disk.image, tmp_path / "after.img")
        home.process.send_signal(signal.SIGCONT)
        disk.fail()
        home.add(album[10], "too late.jpg")
        until(in_trouble(home, "does not work", album[0].name))
        home.stop(signal.SIGKILL)
        after = Disk(tmp_path / "after.img", tmp_path / "after")
        with closing(sqlite3.connect(after.place / "gallery.db")) as stored:
            assert stored.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert stored.execute("SELECT path FROM roots").fetchall() == [
                (os.fsencode(home.photos),)
            ]
        home.start(IMGSIMD_STATE_DIR=str(after.place))
        goes_on(home, 15)
        assert home.ids().items() > known.items()
    finally:
        home.close()
        for mounted in filter(None, (disk, after)):
            mounted.close()


def test_kills_at_random_moments_lose_nothing_and_double_nothing(
    home: Household, album: list[Path]
) -> None:
    """`python -m tests.killing` does it a thousand times."""
    killing = Killing(home, album, seed=1, longest=1.5)
    killing.run(kills=3)
    assert killing.tally.is_perfect(), killing.tally
