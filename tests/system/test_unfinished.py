"""A file that is still being written counts neither as damaged nor as failed; one that was left
half written does, within seconds. The whole daemon, and a process that has the file open."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest

from imgsimd.indexing.file_rest import REST_SECONDS
from imgsimd.indexing.unfinished import LOOK_SECONDS
from tests.support.household import PLANTED, Household, until

pytestmark = pytest.mark.long

WRITER = """
import sys
file = open(sys.argv[1], "wb", buffering=0)
while piece := sys.stdin.buffer.read1():
    file.write(piece)
    print(flush=True)
"""
SECONDS = 2 * LOOK_SECONDS + REST_SECONDS
"""In so much time it is judged what was left half written."""


class Download:
    """A process that writes a file piece by piece, and has it open until the end."""

    def __init__(self, file: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._file = file

    def get(self, piece: bytes) -> None:
        cast(IO[bytes], self._process.stdin).write(piece)
        cast(IO[bytes], self._process.stdin).flush()
        cast(IO[bytes], self._process.stdout).readline()

    def has_paused_for(self, seconds: float) -> bool:
        return time.time() - self._file.stat().st_ctime > seconds

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    home = Household(tmp_path_factory.mktemp("unfinished"))
    home.environ["PYTHONPATH"] = str(PLANTED)
    home.start()
    yield home
    home.close()


@pytest.fixture
def photo(running: Household, request: pytest.FixtureRequest) -> Path:
    """Where nothing has been yet."""
    return running.photos / f"{request.node.name}.jpg"


@pytest.fixture
def running(daemon: Household) -> Iterator[Household]:
    """The daemon has no photos, before and after each test."""
    yield daemon
    for photo in daemon.photos.iterdir():
        photo.unlink()
    until(lambda: not any(counts(daemon).values()))


def listed(home: Household) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], home.client.get("/v1/failed"))


def codes(home: Household) -> list[str]:
    return [problem["code"] for problem in home.status()["problems"]]


def counts(home: Household) -> dict[str, int]:
    status = home.status()
    return {name: status[name] for name in ("images", "pending", "failed", "damaged")}


def test_a_download_that_pauses_is_neither_failed_nor_damaged_and_becomes_searchable(
    running: Household, photo: Path, album: list[Path]
) -> None:
    home, content = running, album[0].read_bytes()
    before = home.status()["decoded"]
    download = Download(photo)
    download.get(content[: len(content) * 3 // 4])
    until(lambda: "files_unfinished" in codes(home))
    until(lambda: download.has_paused_for(SECONDS))
    assert counts(home) == {"images": 0, "pending": 1, "failed": 0, "damaged": 0}
    assert listed(home) == []
    assert home.status()["decoded"] == before + 1, "it is not read again while nothing changes"
    download.get(content[len(content) * 3 // 4 :])
    download.end()
    until(lambda: counts(home) == {"images": 1, "pending": 0, "failed": 0, "damaged": 0})
    assert listed(home) == []


def test_a_download_that_breaks_off_is_judged_within_seconds(
    running: Household, photo: Path, album: list[Path]
) -> None:
    home, content = running, album[0].read_bytes()
    before = home.status()["decoded"]
    download = Download(photo)
    download.get(content[: len(content) // 4])
    until(lambda: "files_unfinished" in codes(home))
    until(lambda: download.has_paused_for(SECONDS))
    assert listed(home) == []
    download.end()
    until(lambda: counts(home) == {"images": 0, "pending": 0, "failed": 1, "damaged": 0})
    (failure,) = listed(home)
    assert "cut off" in failure["reason"]
    assert (failure["kind"], failure["damaged"], failure["read"]) == ("cut_off", False, None)
    assert home.status()["decoded"] == before + 1, "what was found out while it was open holds"
    until(lambda: "files_unfinished" not in codes(home))


def test_a_picture_that_is_whole_is_searchable_though_somebody_has_it_open(
    running: Household, photo: Path, album: list[Path]
) -> None:
    home, content = running, album[0].read_bytes()
    download = Download(photo)
    download.get(content[:1000])
    until(lambda: "files_unfinished" in codes(home))
    download.get(content[1000:])
    until(lambda: counts(home)["images"] == 1)
    download.end()


def test_a_damaged_picture_is_listed_once_it_is_closed_and_not_before(
    running: Household, photo: Path
) -> None:
    home = running
    download = Download(photo)
    download.get(b"DO part 0.61")
    until(lambda: "files_unfinished" in codes(home))
    until(lambda: download.has_paused_for(SECONDS))
    assert counts(home) == {"images": 0, "pending": 1, "failed": 0, "damaged": 0}
    download.end()
    until(lambda: counts(home) == {"images": 1, "pending": 0, "failed": 0, "damaged": 1})
    assert listed(home) == [
        {
            "path": str(photo),
            "reason": "only 61 % of it could be read",
            "kind": "damaged",
            "damaged": True,
            "read": 0.61,
        }
    ]
    told = home.ctl("failed").stdout.decode()
    assert told.splitlines()[1].startswith("damaged  ")
    assert "only 61 % of it could be read" in told
    assert "damaged" in home.ctl("status").stdout.decode()
    photo.write_bytes(b"DO part 1")
    until(lambda: counts(home)["damaged"] == 0)


def test_a_file_that_goes_before_it_is_finished_is_forgotten(
    running: Household, photo: Path
) -> None:
    home = running
    download = Download(photo)
    download.get(b"DO part 0.61")
    until(lambda: "files_unfinished" in codes(home))
    photo.unlink()
    until(lambda: counts(home)["pending"] == 0 and "files_unfinished" not in codes(home))
    download.end()
