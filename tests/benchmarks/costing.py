"""What one photo and one question cost on this machine, for `planning`."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from imgsimd import process
from imgsimd.config import DEFAULT_MODEL
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.catalog import database
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.vectors.base import Search
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.models.model_files import BUILT_IN, Model, find
from imgsimd.types import ImageId
from imgsimd.vectors import StoredAs, VectorForm
from tests.benchmarks import indexing
from tests.benchmarks.arriving import index
from tests.benchmarks.populating import populate
from tests.benchmarks.processes import Process
from tests.benchmarks.reading import reading_ms
from tests.benchmarks.searching import units
from tests.benchmarks.sizing import Line
from tests.benchmarks.timing import seconds
from tests.support.household import Household, until

VECTORS = (100_000, 300_000)
PHOTOS = (20_000, 100_000)
"""Of the two galleries that a daemon starts with."""
PHOTOS_AS_FLOAT32 = (5_000, 20_000)
"""Of those whose files are only measured."""
PICTURES = (("12 megapixels", 200, 4000, 3000), ("500 x 375", 1000, 500, 375))
"""Name, how many files, width and height."""
DRAWN = 8
"""Pictures that are different: to draw one of 12 megapixels takes seconds."""
SAMPLE = 50
"""Of them that are embedded alone."""
TIRELESS = """
pause.on_battery = false
pause.under_load = false
worker.idle_priority = false
"""
"""Settings of a daemon that indexes whatever else the machine has to do."""
PART, K, ROUNDS, STARTS = 2_000, 10, 60, 3
METADATA = PictureMetadata(
    "JPEG", 1, 4000, 3000, 1, "2024-05-01T13:45:07.25+02:00", "Canon", "Canon EOS R6", 1.0,
    47.36667, 8.55,
)  # fmt: skip


class Embedding(NamedTuple):
    """Of pictures of one size."""

    name: str
    each: float
    """CPU seconds of a picture: decoding, network, and what the daemon does with it."""
    reached: float
    """Pictures a second from files to searchable, on all cores, with whatever else they do."""

    @property
    def share(self) -> float:
        """Of what the cores could do in this time, if nothing else ran and nothing waited."""
        return self.reached * self.each / len(os.sched_getaffinity(0))


class Index(NamedTuple):
    """The exact index in memory, by its number of vectors."""

    memory: Line
    """Bytes."""
    question: Line
    """CPU seconds of all cores together, at best: what else runs here hardly counts."""
    readings: float
    """How often the cores could read the vectors while a question is answered, both at best."""


class File(NamedTuple):
    """The database of a gallery, by its number of photos, in CPU seconds, at best."""

    start: Line
    """From exec until all photos are searchable."""
    backup: Line
    recovery: Line
    """Of a damaged one: everything that can be read is stored anew."""


class Costs(NamedTuple):
    """What `planning` reckons with."""

    dimension: int
    embeddings: list[Embedding]
    indexes: dict[StoredAs, Index]
    stored: dict[StoredAs, Line]
    """Bytes of the database."""
    file: File
    """With int8 vectors."""


def measured() -> Costs:
    """In two to five minutes."""
    model = find(DEFAULT_MODEL, BUILT_IN)
    forms = (replace(model, stored_as="float32"), replace(model, stored_as="int8"))
    indexes = {each.stored_as: _index(each.form) for each in forms}
    embeddings = [_embedding(model, *each) for each in PICTURES]
    as_float32 = [_stored(forms[0], count) for count in PHOTOS_AS_FLOAT32]
    (few, few_times), (many, many_times) = (_kept(forms[1], count) for count in PHOTOS)
    times = (
        Line.through((PHOTOS[0], a), (PHOTOS[1], b))
        for a, b in zip(few_times, many_times, strict=True)
    )
    stored: dict[StoredAs, Line] = {
        "float32": _line(PHOTOS_AS_FLOAT32, as_float32),
        "int8": _line(PHOTOS, [few, many]),
    }
    return Costs(model.dimension, embeddings, indexes, stored, File(*times))


def _line(sizes: tuple[int, int], values: list[float]) -> Line:
    few, many = zip(sizes, values, strict=True)
    return Line.through(few, many)


def _embedding(model: Model, name: str, count: int, width: int, height: int) -> Embedding:
    with tempfile.TemporaryDirectory() as pictures, tempfile.TemporaryDirectory() as place:
        files = indexing.draw(Path(pictures), count, width, height, DRAWN)
        contents = [file.read_bytes() for file in files[:: len(files) // SAMPLE]]
        rate, own = index(Household(Path(place)), files, TIRELESS)
    _, both = indexing.alone(model, contents)
    return Embedding(name, both + own, rate)


def _index(form: VectorForm) -> Index:
    gc.collect()
    process.give_back_freed_memory()
    store, rng, before = FaissFlat(form), np.random.default_rng(0), process.resident_bytes()
    memory, question = [], []
    for size in VECTORS:
        for start in range(len(store), size, PART):
            ids = [ImageId(number) for number in range(start + 1, start + PART + 1)]
            store.add(ids, units(rng, PART, form.dimension))
        process.give_back_freed_memory()
        memory.append(float(process.resident_bytes() - before))
        query = Search(units(rng, 1, form.dimension)[0], K)
        took = [_took(partial(store.search_many, [query])) for _ in range(ROUNDS)]
        question.append(min(cpu for _, cpu in took))
    reading = reading_ms(VECTORS[1] * form.size) / 1000
    readings = min(wall for wall, _ in took) / reading
    return Index(_line(VECTORS, memory), _line(VECTORS, question), readings)


def _took(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and CPU seconds."""
    cpu = time.process_time()
    wall = seconds(action)
    return wall, time.process_time() - cpu


def _stored(model: Model, count: int) -> float:
    """Bytes of the database of so many photos."""
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        populate(home, count, model, metadata=METADATA)
        return _size(home)


def _kept(model: Model, count: int) -> tuple[float, tuple[float, float, float]]:
    """Bytes of the database of so many photos, and seconds of start, backup and recovery."""
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        populate(home, count, model, metadata=METADATA)
        size = _size(home)
        start = min(_start(home, count) for _ in range(STARTS))
        file = home.state / "gallery.db"
        copy = partial(database.copy, file, home.folder / "backup")
        backup = min(_took(copy)[1] for _ in range(STARTS))
        catalog = Catalog(file)
        _, recovery = _took(catalog.recover)
        catalog.close()
        return size, (start, backup, recovery)


def _start(home: Household, count: int) -> float:
    try:
        home.start()
        until(lambda: home.status()["images"] == count, 120)
        assert home.process is not None
        return Process(home.process.pid).cpu_seconds
    finally:
        home.stop()


def _size(home: Household) -> float:
    return float(sum(os.path.getsize(file) for file in home.state.glob("gallery.db*")))
