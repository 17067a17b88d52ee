"""A picture that kills the worker is refused and remembered; everything else goes on.

The whole daemon, with a worker whose decoder obeys the picture (tests/support/planted/obedient.py).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from imgsimd.errors import ImgsimdError, WorkerError
from tests.support.household import PLANTED, Household, children, until
from tests.support.pictures import png

pytestmark = pytest.mark.long

BAD = {
    "crash.jpg": (b"DO crash", "crashes the decoder"),
    "hang.jpg": (b"DO hang", "longer than 1.5 seconds"),
    "memory.jpg": (b"DO fill", "more memory"),
    "empty.jpg": (b"", "empty"),
    "text.jpg": (b"this is\nno picture", "not an image"),
}
"""Name, content, and what is said of it."""


def failures(home: Household) -> dict[str, str]:
    found = cast(list[dict[str, str]], home.client.get("/v1/failed"))
    return {os.path.relpath(each["path"], home.photos): each["reason"] for each in found}


@pytest.fixture
def fragile(home: Household) -> Household:
    return commanded(home)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """A daemon with one photo, whose worker runs, for several tests."""
    home = commanded(Household(tmp_path_factory.mktemp("running")))
    home.add(album[20], "first.jpg")
    home.start()
    home.settle()
    yield home
    home.close()


def commanded(home: Household) -> Household:
    """Pictures may command the worker; each has a second and a half."""
    home.environ["PYTHONPATH"] = str(PLANTED)
    home.configure("[worker]\ndeadline_seconds = 1.5\nmax_bytes = 1000000\nmax_pixels = 1000000")
    return home


def worker_of(home: Household) -> int:
    assert home.process is not None
    pid = home.process.pid
    return cast(int, until(lambda: children(pid))[0])


def test_exactly_the_bad_pictures_are_listed_remembered_and_tried_again_on_request(
    fragile: Household, album: list[Path]
) -> None:
    home = fragile
    good = [home.add(picture, f"good/{picture.name}")[0] for picture in album[:10]]
    for name, (content, _) in BAD.items():
        (home.photos / name).write_bytes(content)
    with (home.photos / "vast.jpg").open("wb") as vast:
        vast.truncate(5 * 10**9)
    half = album[0].read_bytes()
    (home.photos / "half.jpg").write_bytes(half[: len(half) // 2])

    home.start()
    status = home.settle()
    said = failures(home)
    assert sorted(said) == sorted([*BAD, "vast.jpg", "half.jpg"])
    for name, (_, reason) in BAD.items():
        assert reason in said[name], name
    assert "max_bytes" in said["vast.jpg"]
    assert "cut off" in said["half.jpg"]
    assert (status["images"], status["failed"]) == (len(good), len(said))

    home.stop()
    home.start()
    assert home.settle()["decoded"] == 0, "remembered"
    assert failures(home) == said
    again = home.ctl("failed", "--retry", str(home.photos / "text.jpg"))
    assert b"Retrying 1 file in the background." in again.stdout
    assert home.settle()["decoded"] == 1
    home.stop()
    del home.environ["PYTHONPATH"]
    home.start()
    assert home.settle()["decoded"] == len(BAD), "other decoders, so all but half.jpg are tried"
    assert "not an image" in failures(home)["crash.jpg"]
    assert home.client.post("/v1/failed", {}) == {"retried": len(said)}
    home.settle()

    (home.photos / "half.jpg").write_bytes(half)
    shutil.copyfile(album[11], home.photos / "crash.jpg")
    assert home.settle()["images"] == len(good) + 2, "a changed picture is tried again by itself"


def test_a_worker_that_cannot_start_is_retried_and_recovers(
    home: Household, album: list[Path]
) -> None:
    (known,) = home.add(album[0], "known.jpg")
    home.start()
    home.settle()
    home.stop()
    broken = home.folder / "broken"
    broken.mkdir()
    (broken / "ai_edge_litert.py").write_text("raise ImportError('this installation is broken')")
    home.start(PYTHONPATH=str(broken))
    home.add(album[1], "new.jpg")
    until(lambda: home.status()["trouble"])
    status = home.status()
    assert "worker cannot start" in status["trouble"]
    assert (status["images"], status["pending"], status["failed"]) == (1, 1, 0)
    assert home.similar(known) == []
    with pytest.raises(WorkerError):
        home.client.upload("/v1/vectors", album[2].read_bytes())
    shutil.rmtree(broken)
    until(lambda: home.status()["images"] == 2)
    until(lambda: home.status()["trouble"] == "")


def test_a_picture_does_not_time_out_because_all_processes_were_stopped(running: Household) -> None:
    """As when a laptop sleeps: the worker has had less than its time."""
    home = running
    before = home.status()["decoded"]
    (home.photos / "slow.jpg").write_bytes(b"DO slow 0.3")
    until(lambda: home.status()["decoded"] > before)
    assert home.process is not None
    both = [home.process.pid, worker_of(home)]
    for pid in both:
        os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + 2.0
    until(lambda: time.monotonic() > end)
    for pid in both:
        os.kill(pid, signal.SIGCONT)
    status = home.settle()
    assert (status["images"], status["failed"], status["decoded"]) == (2, 0, before + 1)
    assert worker_of(home) == both[1], "it was not killed"


def test_the_same_words_answer_whoever_asks_about_a_picture(
    running: Household, tmp_path: Path
) -> None:
    home = running
    contents = [b"%PDF-1.7", png(17_000, 17_000), b"DO crash", bytes(1_000_001), b""]
    for number, content in enumerate(contents):
        (home.photos / f"{number}.jpg").write_bytes(content)
    until(lambda: len(failures(home)) == len(contents))
    said = failures(home)
    assert "17,000 x 17,000" in said["1.jpg"]
    assert "1,000,001 bytes" in said["3.jpg"]
    for number, content in enumerate(contents):
        reason = said[f"{number}.jpg"]
        (elsewhere := tmp_path / f"{number}.jpg").write_bytes(content)
        asked = home.ctl("similar", str(elsewhere)).stderr.decode()
        assert asked == f"imgsimctl: {elsewhere} cannot be used: {reason}.\n"
        if len(content) <= 1_000_000:
            piped = home.ctl("similar", "-", stdin=content).stderr.decode()
            assert piped == f"imgsimctl: The picture on standard input cannot be used: {reason}.\n"
        with pytest.raises(ImgsimdError, match=re.escape(reason)):
            home.client.upload("/v1/vectors", content)
    for number in range(len(contents)):
        (home.photos / f"{number}.jpg").unlink()


def test_a_photo_replaced_while_it_is_decoded_is_embedded_as_it_is_now(
    running: Household, album: list[Path]
) -> None:
    home = running
    before = home.status()["decoded"]
    path = home.photos / "photo.jpg"
    path.write_bytes(b"DO slow 0.4")
    until(lambda: home.status()["decoded"] > before)
    draft = home.photos / ".draft"
    shutil.copyfile(album[0], draft)
    os.replace(draft, path)
    (twin,) = home.add(album[0], "twin.jpg")
    until(lambda: len(home.ids().keys() & {"photo.jpg", "twin.jpg"}) == 2)
    home.settle()
    match = home.similar(twin)[0]
    assert (match["path"], match["distance"]) == (str(path), 0.0)


def test_questions_are_answered_while_a_picture_hangs_and_sigterm_ends_all(
    fragile: Household, album: list[Path]
) -> None:
    home = fragile
    home.configure("[worker]\nthreads = 2")
    home.start()
    (home.photos / "hang.jpg").write_bytes(b"DO hang")
    until(lambda: home.status()["decoded"] == 1)
    worker = worker_of(home)
    answer: Any = home.client.upload("/v1/vectors", album[0].read_bytes())
    assert len(answer["vector"]) == 960
    assert home.stop() == 0
    assert not Path(f"/proc/{worker}").exists()
