"""What becomes of start, question, memory and disk as the gallery grows.

    python -m tests.benchmarks.growth [SIZE...]

The images are empty files with random vectors, but for some pictures that are indexed at each
size. Each size is a fresh daemon.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from imgsimd.config import DEFAULT_MODEL
from imgsimd.models.model_files import BUILT_IN, Model, find
from imgsimd.vectors import VectorForm
from tests.benchmarks import table
from tests.benchmarks.pictures import unseen
from tests.benchmarks.populating import populate
from tests.benchmarks.processes import Process
from tests.benchmarks.reading import reading_ms
from tests.benchmarks.table import Row
from tests.benchmarks.timing import median_ms, seconds
from tests.support.household import Household, until

SIZES = (1_000, 10_000, 100_000, 1_000_000)
WIDE = 4096
"""Numbers in a vector of vgg16."""
PICTURES = 200
"""Indexed at each size, to see what one costs."""
QUESTIONS = 20
BASE_MIB = 110
"""What an idle daemon may take besides its vectors."""


class Size(NamedTuple):
    """What was measured with so many images."""

    images: int
    form: VectorForm
    start: float
    """Seconds from exec until every image is searchable."""
    question: float
    """Milliseconds of one question over the socket."""
    reading: float
    """Milliseconds in which the same cores read the vectors once: no exact search is faster."""
    resident: float
    """MiB, of the idle daemon."""
    stored: float
    """MiB, of the database."""
    indexing: float
    """Milliseconds of the daemon's CPU for one new picture; the worker's are left out."""
    stall: float
    """Milliseconds of the slowest question while 1 % of the images were forgotten."""

    @property
    def vectors(self) -> float:
        """MiB."""
        return self.images * self.form.size / 2**20


def measure(images: int, is_wide: bool = False) -> Size:
    """A daemon with so many images, from its start to the removal of some."""
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        model = wide(home) if is_wide else find(DEFAULT_MODEL, BUILT_IN)
        populate(home, images, model)
        try:
            return _measure(home, images, model.form)
        finally:
            home.close()


def _measure(home: Household, images: int, form: VectorForm) -> Size:
    begin = time.perf_counter()
    home.start()
    until(lambda: home.status()["images"] == images, 120)
    start = time.perf_counter() - begin
    until(lambda: home.status()["state"] == "idle", 600)
    assert home.process is not None
    daemon = Process(home.process.pid)
    resident = daemon.resident / 2**20
    stored = sum(os.path.getsize(file) for file in home.state.glob("gallery.db*")) / 2**20
    photo = home.photos / "0000" / "000.jpg"
    question = median_ms(lambda: home.similar(photo), QUESTIONS)
    indexing = _index(home, daemon) if form.dimension != WIDE else float("nan")
    stall = _forget(home, photo, images // 100)
    reading = reading_ms(images * form.size)
    return Size(images, form, start, question, reading, resident, stored, indexing, stall)


def _index(home: Household, daemon: Process) -> float:
    before, known = daemon.cpu_seconds, home.status()["images"]
    unseen(home.folder / "new", PICTURES)
    (home.folder / "new").rename(home.photos / "new")

    def is_done() -> bool:
        time.sleep(0.2)  # asking costs the daemon a little, too
        return bool(home.status()["images"] == known + PICTURES)

    until(is_done, 120)
    return (daemon.cpu_seconds - before) / PICTURES * 1000


def _forget(home: Household, photo: Path, count: int) -> float:
    """Deletes so many files, spread over all, and asks until they are forgotten."""
    left = home.status()["images"] - count
    for file in sorted(home.photos.glob("*/050.jpg"))[: -(-count // 10)]:
        for number in range(50, 60):
            file.with_name(f"{number:03d}.jpg").unlink()
    taken: list[float] = []

    def is_done() -> bool:
        taken.append(seconds(lambda: home.similar(photo)) * 1000)
        return bool(home.status()["images"] == left)

    until(is_done, 300)
    return max(taken)


def wide(home: Household) -> Model:
    """A model with vgg16's dimension that embeds nothing: only its vectors are needed."""
    folder = home.state / "models"
    folder.mkdir(parents=True)
    (folder / "wide.tflite").touch()
    (folder / "wide.toml").write_text(
        f'description = ""\ndimension = {WIDE}\nsize = 224\nresize = "area"\n'
        f'precision = ""\nweights = ""\nsha256 = "{hashlib.sha256(b"").hexdigest()}"'
    )
    home.config.write_text(f'model = "wide"\n{home.config.read_text()}')
    return find("wide", folder)


def rows(sizes: Iterable[Size]) -> Iterator[Row]:
    for size in sizes:
        name = f"{size.images:,} x {size.form.dimension}"
        most = size.vectors + BASE_MIB
        yield Row(f"{name}: exec to all searchable", f"{size.start:.2f} s", "")
        yield Row(
            f"{name}: one question over the socket", f"{size.question:.1f} ms",
            f"reading the vectors once {size.reading:.1f} ms", size.question / size.reading,
        )  # fmt: skip
        yield Row(
            f"{name}: resident when idle", f"{size.resident:.0f} MiB",
            f"vectors {size.vectors:.0f} MiB + {BASE_MIB}", size.resident / most, "<= 1",
        )  # fmt: skip
        yield Row(
            f"{name}: database", f"{size.stored:.0f} MiB", f"vectors {size.vectors:.0f} MiB",
            size.stored / size.vectors,
        )  # fmt: skip
        if size.form.dimension != WIDE:  # whose model embeds nothing
            yield Row(f"{name}: daemon's CPU for one new picture", f"{size.indexing:.2f} ms", "")
        yield Row(f"{name}: slowest question while 1 % is forgotten", f"{size.stall:.0f} ms", "")


def measure_all() -> Iterator[Size]:
    for images in SIZES:
        yield measure(images)
    yield measure(100_000, is_wide=True)


if __name__ == "__main__":
    table.show(rows(map(measure, map(int, sys.argv[1:])) if sys.argv[1:] else measure_all()))
