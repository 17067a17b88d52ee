"""Fills a gallery with images that need no embedding, to measure everything else."""

from __future__ import annotations

import os

import numpy as np

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.models.model_files import BUILT_IN, Model, find
from imgsimd.types import FilePath, FileState, Plan
from imgsimd.watching.watched_root import probe
from tests.support.household import Household

FOLDER = 1000
"""Files of one folder."""
STEP = 20_000


def populate(home: Household, count: int, model: Model | None = None, folder: int = FOLDER) -> None:
    """Empty files, so many in each folder, which the gallery knows with random vectors."""
    model = model or find("efficientnet-lite0", BUILT_IN)
    rng = np.random.default_rng(0)
    home.state.mkdir(parents=True, exist_ok=True)
    gallery = Gallery(home.state / "gallery.db")
    gallery.aim(model.identity, model.name, model.dimension, {model.identity})
    root = probe(os.fsencode(home.photos))
    assert root.identity is not None
    gallery.folders.remember(root.path, root.identity)
    gallery.show([root.path])
    for start in range(0, count, STEP):
        paths = [_make(home, n, folder) for n in range(start, min(start + STEP, count))]
        gallery.apply(Plan(new={path: FileState.of(os.stat(path)) for path in paths}))
        served, waiting = gallery.verdicts.waiting(STEP)
        vectors = rng.standard_normal((len(waiting), model.dimension), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        examined = [Examined(i.id, i.state, b"%d" % i.id) for i in waiting]
        gallery.verdicts.commit(served, map(Verdict, examined, vectors))
    gallery.close()


def _make(home: Household, number: int, files: int) -> FilePath:
    folder = f"{home.photos}/{number // files:04d}"
    if number % files == 0:
        os.mkdir(folder)
    file = os.fsencode(f"{folder}/{number % files:03d}.jpg")
    os.mknod(file)
    return file
