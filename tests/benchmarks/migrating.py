"""What a change of model costs those who ask meanwhile.

    python -m tests.benchmarks.migrating

1. 10,000 entries: small pictures, indexed by a small network; then the built-in model is chosen.
   Every 100 ms a question of another kind is asked, until the built-in model has seen all. Each
   answer is computed anew from the vectors of each model.
2. 100,000 entries: how long the gallery is busy with the change itself.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from imgsimd.config import DEFAULT_MODEL
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.samples import drawing
from imgsimd.vectors import VectorForm, to_unit_vector
from tests.benchmarks import table
from tests.benchmarks.populating import populate
from tests.benchmarks.table import Row
from tests.support.household import Household, until
from tests.support.library import content_of
from tests.support.model_questions import Asked, Judge, Questions
from tests.support.patchworks import patchworks
from tests.support.small_networks import install

ENTRIES = 10_000
EVERY = 0.1
"""Seconds between two questions."""
MANY = 100_000
NEXT = VectorForm(1000, "int8")
"""How the next model's vectors are stored."""
DEADLINE = 1800


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        yield from _under_load(Household(Path(place)))
    with tempfile.TemporaryDirectory() as place:
        yield from _of_many(Household(Path(place)))


def _under_load(home: Household) -> Iterator[Row]:
    built_in = find(DEFAULT_MODEL, BUILT_IN)
    few = home.photos / "few"
    models = [install(home.state / "models", "small", 1), built_in]
    patchworks(home.photos / "many", ENTRIES - 20)
    photos = drawing.fill(few, 20)
    outside = home.folder / "outside.jpg"
    shutil.copy(photos[1], outside)
    outside.write_bytes(outside.read_bytes() + b"another file")
    try:
        home.configure('model = "small"')
        home.start()
        until(lambda: home.status()["state"] == "idle", DEADLINE)
        questions = Questions(home, photos[0], outside, few)
        began = time.monotonic()
        with questions.meanwhile(EVERY) as asked:
            home.configure(f'model = "{built_in.name}"')
            home.client.post("/v1/reload")
            until(lambda: home.status()["model"] == built_in.name, DEADLINE)
            taken = time.monotonic() - began
            time.sleep(2)  # some questions more
        yield from _counted(asked, Judge(home, models, few), taken)
    finally:
        home.close()


def _counted(asked: Asked, judge: Judge, taken: float) -> Iterator[Row]:
    what = f"change of model with {ENTRIES:,} entries"
    yield Row(what, f"{taken:.0f} s", f"{ENTRIES / taken:.0f} photos/s")
    answers = len(asked.answers)
    by = ", ".join(f"{count:,} by {model}" for model, count in asked.models.items())
    yield Row(f"- answers meanwhile, a question every {EVERY * 1000:.0f} ms", f"{answers:,}", by)
    refused = f"{asked.refused} with an earlier model's vector, as they should be"
    yield Row("- refused", str(asked.refused), refused)
    yield Row("- failed", str(len(asked.failures)), "", None, "0")
    yield Row("- mixed", str(len(judge.mixed(asked.answers))), "", None, "0")
    yield Row("- incomplete", str(len(judge.incomplete(asked.answers))), "", None, "0")
    yield Row("- the slowest (verified ones take a second)", f"{asked.longest:.1f} s", "")


def _of_many(home: Household) -> Iterator[Row]:
    built_in = find(DEFAULT_MODEL, BUILT_IN)
    populate(home, MANY, built_in)
    gallery = Gallery(home.state / "gallery.db")
    try:
        gallery.aim(built_in.identity, built_in.name, built_in.form, {built_in.identity})
        gallery.show([bytes(home.photos)])
        gallery.aim("next", "next", NEXT, {built_in.identity, "next"})
        _embed_all(gallery)
        at_once = _seconds(lambda: gallery._index.build(gallery.target.key, gallery.target.form))
        gallery.reload()
        steps = []
        while not (is_ready := gallery.others.find(gallery.target) is not None):
            steps.append(_seconds(gallery.load_target))
        assert is_ready
        change = _seconds(gallery.reach_target)
        yield Row(
            f"the change itself, {MANY:,} entries, the next model's vectors loaded before",
            f"{change * 1000:.1f} ms",
            f"loaded at once {at_once * 1000:.0f} ms",
            change / at_once,
        )
        yield Row(
            f"- loading them, in {len(steps)} steps",
            f"{sum(steps):.2f} s",
            f"the longest step {max(steps) * 1000:.0f} ms",
            None,
            "<= 50 ms",
        )
    finally:
        gallery.close()


def _embed_all(gallery: Gallery) -> None:
    """Gives every image a random vector of the next model."""
    rng = np.random.default_rng(0)
    while True:
        model, waiting = gallery.verdicts.waiting(5000)
        if not waiting:
            return
        examined = [Examined(i.id, i.state, content_of(i.id)) for i in waiting]
        made = rng.standard_normal((len(waiting), NEXT.dimension), np.float32)
        vectors = (NEXT.rounded(to_unit_vector(each)) for each in made)
        gallery.verdicts.commit(model, map(Verdict, examined, vectors))


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    table.show(rows())
