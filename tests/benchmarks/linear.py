"""What must not grow with the square: four times as many of a kind cost four times as much.

python -m tests.benchmarks.linear
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import table
from tests.benchmarks.pictures import OLD, unseen
from tests.benchmarks.populating import populate
from tests.benchmarks.processes import Process
from tests.benchmarks.table import Row
from tests.benchmarks.timing import seconds
from tests.support.household import Household, until

TWINS = 2_500
"""Files that are the same, and are indexed; then four times as many."""
FILES = 25_000
"""Files of one folder, which are known."""
FOLDERS = 2_500
"""Folders that are watched, and are renamed one by one."""
TIMES = 4
POLLS = 500
PAUSE = 0.1


class Work:
    """A running daemon, and what it costs."""

    def __init__(self, home: Household) -> None:
        self.home = home
        self.slowest = 0.0
        """Milliseconds of the slowest answer while something was waited for."""
        self.home.start()
        self._wait()
        assert home.process is not None
        self._daemon = Process(home.process.pid)

    def cost(self, action: Callable[[], object]) -> float:
        """CPU seconds of the daemon until nothing is left to do."""
        self.slowest, before = 0.0, self._daemon.cpu_seconds
        action()
        time.sleep(1)
        self._wait()
        return self._daemon.cpu_seconds - before

    def _wait(self) -> None:
        until(self._is_idle, 300)

    def _is_idle(self) -> bool:
        time.sleep(PAUSE)
        status: list[str] = []
        taken = seconds(lambda: status.append(self.home.status()["state"])) * 1000
        self.slowest = max(self.slowest, taken)
        return status == ["idle"]


def rows() -> Iterator[Row]:
    yield from _compared("{} identical files come", TWINS, _copies)
    yield from _compared("{} hard links of one file come", TWINS, _links)
    yield from _compared("a folder of {} hard links is renamed", TWINS, _renamed_links)
    yield from _compared("{} identical files that fail come", TWINS, _failures)
    yield from _compared(f"{POLLS} times the status with {{}} that failed", TWINS, _polls)
    yield from _compared("a photo comes to a folder of {}", FILES, _event)
    yield from _compared("a folder of {} files is renamed", FILES, _renamed)
    yield from _compared("{} folders are renamed one by one", FOLDERS, _renamed_folders)


def _compared(
    name: str, count: int, measure: Callable[[Household, int], tuple[float, float]]
) -> Iterator[Row]:
    """`measure` gives CPU seconds of the daemon, and milliseconds of its slowest answer."""
    costs = []
    for number in (count, TIMES * count):
        with tempfile.TemporaryDirectory() as place:
            home = Household(Path(place))
            try:
                cost, slowest = measure(home, number)
            finally:
                home.close()
        costs.append(cost)
    what = name.format(f"{TIMES * count:,}")
    yield Row(
        f"{what}: daemon's CPU (slowest answer meanwhile {slowest:.0f} ms)",
        f"{costs[1]:.2f} s", f"{TIMES} times that of {count:,}: {TIMES * costs[0]:.2f} s",
        costs[1] / (TIMES * costs[0]), "<= 1.3",
    )  # fmt: skip


def _copies(home: Household, count: int) -> tuple[float, float]:
    work = Work(home)
    return work.cost(lambda: _come(home, count, _copy)), work.slowest


def _links(home: Household, count: int) -> tuple[float, float]:
    work = Work(home)
    return work.cost(lambda: _come(home, count, os.link)), work.slowest


def _renamed_links(home: Household, count: int) -> tuple[float, float]:
    work = Work(home)
    work.cost(lambda: _come(home, count, os.link))
    return _rename(work, home.photos / "twins"), work.slowest


def _failures(home: Household, count: int) -> tuple[float, float]:
    work = Work(home)
    return work.cost(lambda: _come(home, count, _copy, b"no picture")), work.slowest


def _polls(home: Household, count: int) -> tuple[float, float]:
    work = Work(home)
    work.cost(lambda: _come(home, count, _copy, b"no picture"))
    return work.cost(lambda: [home.status() for _ in range(POLLS)]), work.slowest


def _event(home: Household, count: int) -> tuple[float, float]:
    populate(home, count, folder=count)
    work = Work(home)
    (photo,) = unseen(home.folder / "new", 1)
    return work.cost(lambda: photo.rename(home.photos / "0000/new.jpg")), work.slowest


def _renamed(home: Household, count: int) -> tuple[float, float]:
    populate(home, count, folder=count)
    work = Work(home)
    return _rename(work, home.photos / "0000"), work.slowest


def _renamed_folders(home: Household, count: int) -> tuple[float, float]:
    folders = [home.photos / str(number // 100) / str(number) for number in range(count)]
    for folder in folders:
        folder.mkdir(parents=True)
    work = Work(home)
    cost = work.cost(lambda: [folder.rename(f"{folder}-renamed") for folder in folders])
    return cost, work.slowest


def _rename(work: Work, folder: Path) -> float:
    before = work.home.status()["decoded"]
    cost = work.cost(lambda: folder.rename(folder.with_name("renamed")))
    assert work.home.status()["decoded"] == before
    return cost


def _come(
    home: Household, count: int, make: Callable[[Path, Path], object], content: bytes = b""
) -> None:
    """A folder with a picture (or this content), and so many of the same kind."""
    made = home.folder / "twins"
    (first,) = unseen(made, 1)
    if content:
        first.write_bytes(content)
        os.utime(first, (OLD, OLD))
    for number in range(1, count):
        make(first, made / f"{number}.jpg")
    made.rename(home.photos / "twins")


def _copy(source: Path, target: Path) -> None:
    shutil.copy2(source, target)


if __name__ == "__main__":
    table.show(rows())
