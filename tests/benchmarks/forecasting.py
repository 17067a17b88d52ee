"""How long indexing still takes, as the daemon says it, beside how long it took then.

    python -m tests.benchmarks.forecasting [FOLDER] [--small N] [--large N] [--threads N]

Small pictures and pictures of 12 megapixels are indexed in several orders. Into the folder goes a
PNG of the error over time of each; needs matplotlib (`pip install '.[benchmark]'`).
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from imgsimd.client import Client, Status
from imgsimd.pace import Pace
from imgsimd.samples import drawing
from tests.benchmarks import table
from tests.benchmarks.table import Row
from tests.support.household import Household

DRAWN = 8
"""Pictures of each size that are different; the files differ in what follows a JPEG's end."""
SIZES = {"small": (500, 375), "large": (4000, 3000)}
MARKS = (0.25, 0.5, 0.75)
"""Shares of the run after which the error is told, and after a minute."""
ORDERS = ("small first", "large first", "mixed", "mixed, a third are copies")
COPIES = 3


class Told(NamedTuple):
    """What the daemon said of the time left."""

    at: float
    """Seconds since the run began."""
    left: float | None
    by_count: float | None
    """What the number of photos and their present speed alone would say."""


class Run(NamedTuple):
    """A run from its first picture to its last."""

    order: str
    seconds: float
    told: Sequence[Told]

    def error(self, told: Told, by_count: bool = False) -> float | None:
        """Relative to what was left in truth: 1 is twice as much."""
        said, truth = told.by_count if by_count else told.left, self.seconds - told.at
        return None if said is None or truth <= 0 else said / truth - 1

    def at(self, second: float) -> Told:
        """What was said last at this time."""
        return [told for told in self.told if told.at <= second][-1]


def rows(
    small: int, large: int, threads: int, orders: Sequence[str] = ORDERS
) -> Iterator[tuple[Run, Row]]:
    for order in orders:
        with tempfile.TemporaryDirectory() as place:
            home = Household(Path(place))
            home.configure(f"[worker]\nthreads = {threads}")
            run = _run(home, order, small, large)
        marks = {"1 min": 60.0} | {f"{mark:.0%}": mark * run.seconds for mark in MARKS}
        said, rival = (
            ", ".join(
                f"{name} {_percent(run.error(run.at(at), alone))}" for name, at in marks.items()
            )
            for alone in (False, True)
        )
        yield (
            run,
            Row(
                f"time left, {order} ({run.seconds:.0f} s): error after", said, f"by count {rival}"
            ),
        )


def _percent(error: float | None) -> str:
    return "unknown" if error is None else f"{error:+.0%}"


def _run(home: Household, order: str, small: int, large: int) -> Run:
    """Indexes the pictures, the last ones by path first."""
    sizes = _in_order(order, small, large)
    for number, size in enumerate(reversed(sizes)):
        folder = home.photos / f"{number // 1000:03d}"
        folder.mkdir(exist_ok=True)
        is_copy = order.endswith("copies") and number % COPIES == 0
        tail = b"" if is_copy else os.urandom(16)
        (folder / f"{number:06d}.jpg").write_bytes(_pictures(size)[number % DRAWN] + tail)
    os.sync()
    home.start()
    try:
        return _follow(order, Client(home.socket), len(sizes))
    finally:
        home.close()


def _in_order(order: str, small: int, large: int) -> list[str]:
    first, second = ["small"] * small, ["large"] * large
    if order == "large first":
        return second + first
    if order != "small first":
        both = first + second
        random.Random(1).shuffle(both)  # noqa: S311 - the same each time, not a secret
        return both
    return first + second


@cache
def _pictures(size: str) -> list[bytes]:
    width, height = SIZES[size]
    drawn = (drawing.draw(n, np.random.default_rng(n), width, height) for n in range(DRAWN))
    return [cv2.imencode(".jpg", picture[..., ::-1])[1].tobytes() for picture in drawn]


def _follow(order: str, client: Client, count: int) -> Run:
    """Once a second what is said, from the first picture on."""
    told: list[Told] = []
    pace, begin = Pace(), 0.0
    for status in client.events():
        now = time.monotonic()
        if not status.finished:
            begin = now
            continue
        pace.note(now, status.finished)
        if status.images + status.failed == count:
            return Run(order, now - begin, told)
        if not told or now - begin - told[-1].at >= 1:
            told.append(_told(status, now - begin, pace))
    raise AssertionError("events have no end")


def _told(status: Status, at: float, pace: Pace) -> Told:
    by_count = status.pending / pace.rate if pace.rate else None
    return Told(at, status.seconds_remaining, by_count)


def _draw(runs: Sequence[Run], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, len(runs), figsize=(4 * len(runs), 6), layout="constrained")
    for run, (above, below) in zip(runs, axes.T.reshape(len(runs), 2), strict=True):
        at = [told.at for told in run.told]
        above.plot([0, run.seconds], [run.seconds, 0], "--", color="#8b949e", label="in truth")
        above.plot(at, [t.by_count for t in run.told], color="#d0d7de", label="by count alone")
        above.plot(at, [t.left for t in run.told], color="#1f6feb", label="as told")
        above.set(title=run.order, ylabel="seconds left", ylim=(0, 2 * run.seconds))
        above.legend(frameon=False)
        below.plot(at, [_shown(run.error(t, True)) for t in run.told], color="#d0d7de")
        below.plot(at, [_shown(run.error(t)) for t in run.told], color="#1f6feb")
        below.axhline(0, linestyle="--", color="#8b949e")
        below.axvline(60, linewidth=0.5, color="#8b949e")
        below.set(xlabel="seconds since the first picture", ylabel="error, %", ylim=(-100, 150))
    figure.savefig(file, dpi=110)


def _shown(error: float | None) -> float:
    return float("nan") if error is None else 100 * error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--small", type=int, default=12000)
    parser.add_argument("--large", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=0, help="of the worker; 0: all cores")
    parser.add_argument("--order", action="append", choices=ORDERS)
    given = parser.parse_args()
    runs: list[Run] = []

    def made() -> Iterator[Row]:
        for run, row in rows(given.small, given.large, given.threads, given.order or ORDERS):
            runs.append(run)
            yield row

    table.show(made())
    if given.folder:
        _draw(runs, given.folder / "forecast.png")


if __name__ == "__main__":
    main()
