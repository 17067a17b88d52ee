"""Fills a gallery with images that need no embedding, to measure everything else."""

from __future__ import annotations

import os

import numpy as np

from imgsimd.embedding.models import BUILT_IN, find
from imgsimd.gallery.gallery import Examined, Gallery, Verdict
from imgsimd.types import FileState, Plan
from tests.household import Household


def populate(home: Household, count: int) -> None:
    """Files of a few bytes in a hundred folders, which the gallery knows with random vectors."""
    model = find("efficientnet-lite0", BUILT_IN)
    rng = np.random.default_rng(0)
    home.state.mkdir(parents=True)
    gallery = Gallery(home.state / "gallery.db")
    gallery.aim(model.identity, model.name, model.dimension, {model.identity})
    gallery.show([os.fsencode(home.photos)])
    files = [home.photos / f"{n % 100:02d}" / f"{n}.jpg" for n in range(count)]
    for n, file in enumerate(files):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"%d" % n)
    paths = sorted(map(os.fsencode, files))  # the order in which a scan finds them
    gallery.apply(Plan(new={path: FileState.of(os.stat(path)) for path in paths}))
    served, waiting = gallery.waiting(count)
    vectors = rng.normal(size=(count, model.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    examined = [Examined(i.id, i.state, b"%d" % i.id) for i in waiting]
    gallery.commit(served, map(Verdict, examined, vectors))
    gallery.close()
