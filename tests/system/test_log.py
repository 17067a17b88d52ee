"""The log has one line for each thing worth knowing, with the file's name where one is to blame."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from imgsimd.errors import ConfigError, RequestError
from tests.support.household import PLANTED, Household, until
from tests.support.patience import DEADLINE

pytestmark = [pytest.mark.user, pytest.mark.long]

RUBBISH = [
    b"\x16\x03\x01 rubbish\r\n\r\n",
    b"GET /nope HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /v1/status HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"POST /v1/similar HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 3\r\n\r\n{{{",
    b"POST /v1/vectors HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
]


def said(home: Household) -> list[str]:
    """The log without times."""
    return [line.split(" ", 1)[1] for line in home.log().splitlines()]


def test_a_usual_run_is_told_in_a_line_for_each_thing_worth_knowing(
    home: Household, album: list[Path]
) -> None:
    for picture in album[:5]:
        home.add(picture, picture.name)
    (home.photos / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    home.start()
    home.settle()
    home.similar(home.photos / album[0].name)
    with pytest.raises(RequestError):
        home.similar(home.photos / "none.jpg")
    home.config.write_text("rots = []")
    with pytest.raises(ConfigError):
        home.client.post("/v1/reload")
    home.configure()
    home.client.post("/v1/reload")
    home.client.post("/v1/pause")
    home.add(album[5], "paused.jpg")
    until(lambda: "paused" in home.log())
    home.client.post("/v1/resume")
    home.settle()
    home.photos.rename(away := home.folder / "away")
    until(lambda: home.status()["roots"][0]["state"] == "offline")
    away.rename(home.photos)
    until(lambda: home.status()["roots"][0]["state"] == "online")
    home.settle()
    home.stop()
    for line, pattern in zip(
        said(home),
        [r"INFO imgsimd \S+ \(process \d+\) has started, with .*\. 1 folder is watched\.",
         r"ERROR The settings stay as they were: .*`rots`.*",
         r"INFO The settings were read: 1 folder is watched\.",
         r"INFO Indexing is paused\. Continue with `imgsimctl resume`\.",
         r"INFO Indexing continues\.",
         rf"WARNING {home.photos} is offline: .*",
         rf"INFO {home.photos} is online",
         r"INFO imgsimd stops, because it was told to by a signal\."],
        strict=True,
    ):  # fmt: skip
        assert re.fullmatch(pattern, line), line


def test_rubbish_from_callers_leaves_nothing_in_the_log(home: Household) -> None:
    home.start()
    before = home.log()
    for request in [*RUBBISH, *(os.urandom(50) for _ in range(10))] * 5:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(home.socket))
            caller.sendall(request)
            caller.shutdown(socket.SHUT_WR)
            caller.settimeout(DEADLINE)
            caller.recv(1000)
    assert home.log() == before


def test_a_worker_that_never_starts_is_told_with_its_reason_and_not_again_and_again(
    home: Household, album: list[Path]
) -> None:
    (broken := home.folder / "broken").mkdir()
    (broken / "cv2.py").write_text("print('on standard output'); raise ImportError('no OpenCV')")
    home.add(album[0], "a.jpg")
    home.start(PYTHONPATH=str(broken))
    until(lambda: metric(home, "worker_crashes_total") >= 5)
    lines = said(home)
    assert sum(line.startswith("ERROR The embedding worker cannot start") for line in lines) == 1
    for words in ("on standard output", "ImportError: no OpenCV"):
        assert 1 <= lines.count(f"WARNING The embedding worker: {words}") <= 3
    assert len(lines) < 50


def metric(home: Household, name: str) -> float:
    text = home.client.download("/v1/metrics").decode()
    return float(re.findall(rf"^imgsimd_{name} (\S+)$", text, re.MULTILINE)[0])


def test_a_locked_database_is_told_once_and_so_is_its_end(
    home: Household, album: list[Path]
) -> None:
    home.start()
    home.settle()
    with closing(sqlite3.connect(home.state / "gallery.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        home.add(album[0], "a.jpg")
        until(lambda: "another program holds it" in home.log())
        until(lambda: home.status()["trouble"] != "")
        other.execute("ROLLBACK")
    until(lambda: home.status()["images"] == 1)
    until(lambda: "again." in said(home)[-1])
    assert sum("another program holds it" in line for line in said(home)) <= 2
    assert 1 <= sum(line.startswith("INFO") and line.endswith("again.") for line in said(home)) <= 2


def test_a_picture_that_crashes_the_decoder_is_named(home: Household, album: list[Path]) -> None:
    (home.photos / "guilty\n\x1b[31m.jpg").write_bytes(b"DO crash")
    home.add(album[0], "a.jpg")
    home.start(PYTHONPATH=str(PLANTED))
    assert home.settle()["failed"] == 1
    (named,) = [line for line in said(home) if "guilty" in line]
    assert named == (
        rf"WARNING {home.photos}/guilty\n\x1b[31m.jpg is not indexed: it crashes the decoder"
    )
