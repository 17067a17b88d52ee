"""The disk followed at scale: start, rescan and renames among 100,000 images.

python -m tests.benchmarks.following [COUNT]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from imgsimd.errors import RequestError
from tests.benchmarks import table
from tests.benchmarks.populating import populate
from tests.benchmarks.processes import Process
from tests.benchmarks.table import Row
from tests.benchmarks.timing import seconds
from tests.support.household import Household, until

COUNT = 100_000
RENAMES = 10_000
RUNS = 5
PAUSE = 0.04
"""Seconds between two questions: they cost the daemon a little, too."""


def rows(count: int = COUNT) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        populate(home, count)
        home.config.write_text(f'roots = ["{home.photos}"]')  # with the default settings
        try:
            yield from _start(home, count)
            yield from _rescan(home)
            decoded = home.status()["decoded"]
            yield from _rename(home)
            decoded = home.status()["decoded"] - decoded
            yield Row("- decoded for that", f"{decoded}", "", None, "0")
        finally:
            home.close()


def _start(home: Household, count: int) -> Iterator[Row]:
    name = f"start with {count:,} images"
    socket = seconds(home.start)
    yield Row(f"{name}: exec to answering socket", f"{socket:.2f} s", "")
    ready = socket + seconds(lambda: until(lambda: home.status()["images"] == count, 120))
    yield Row(f"{name}: exec to all searchable", f"{ready:.2f} s", "", None, "<= 1 s")
    _idle(home)


def _rescan(home: Household) -> Iterator[Row]:
    """In CPU seconds, since both are that and hardly anything else, and nobody must ask when it
    is done."""
    assert home.process is not None
    daemon = Process(home.process.pid)
    costs, bares = [], []
    for _ in range(RUNS):
        before = daemon.cpu_seconds
        home.client.post("/v1/rescan", {})
        time.sleep(1)
        _idle(home)
        costs.append(daemon.cpu_seconds - before)
        before = time.process_time()
        bare_scan(home.photos)
        bares.append(time.process_time() - before)
    cost, bare = sorted(costs)[RUNS // 2], sorted(bares)[RUNS // 2]
    yield Row(
        "rescan, nothing changed (CPU)", f"{cost:.2f} s", f"bare scandir and stat {bare:.2f} s",
        cost / bare, "<= 1.5",
    )  # fmt: skip


def bare_scan(top: Path) -> int:
    """What any scan must do at least: list every folder and stat every file."""
    found, folders = 0, [os.fsencode(top)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    found += 1
    return found


def _rename(home: Household) -> Iterator[Row]:
    target = home.photos / "renamed"
    target.mkdir()
    files = sorted(home.photos.rglob("*.jpg"))[:RENAMES]
    for number, file in enumerate(files):
        file.rename(target / f"{number}.jpg")
    edges = [target / "0.jpg", target / f"{RENAMES - 1}.jpg"]
    name = f"{RENAMES:,} files renamed, until visible"
    yield Row(name, f"{_until_found(home, edges):.2f} s", "", None, "<= 2 s")
    _idle(home)
    again = target.with_name("again")
    target.rename(again)
    taken = _until_found(home, [again / edge.name for edge in edges])
    yield Row("their folder renamed, until visible", f"{taken:.2f} s", "", None, "<= 2 s")


def _until_found(home: Household, photos: list[Path]) -> float:
    def is_found(photo: Path) -> bool:
        time.sleep(PAUSE)
        try:
            return bool(home.similar(photo, 1))
        except RequestError:
            return False

    return seconds(lambda: until(lambda: all(map(is_found, photos)), 120))


def _idle(home: Household) -> None:
    def is_idle() -> bool:
        time.sleep(PAUSE)
        return bool(home.status()["state"] == "idle")

    until(is_idle, 120)


if __name__ == "__main__":
    table.show(rows(*map(int, sys.argv[1:])))
