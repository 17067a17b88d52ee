"""Fills a gallery with images that need no embedding, to measure everything else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from imgsimd.config import DEFAULT_MODEL
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.models.model_files import BUILT_IN, Model, find
from imgsimd.types import FilePath, FileState, Plan
from imgsimd.vectors import Vector
from imgsimd.watching.watched_root import probe
from tests.support.household import Household
from tests.support.library import content_of

FOLDER = 1000
"""Files of one folder."""
STEP = 20_000
NO_PHOTOS: Mapping[Path, Vector] = MappingProxyType({})


def populate(
    home: Household,
    count: int,
    model: Model | None = None,
    folder: int = FOLDER,
    photos: Mapping[Path, Vector] = NO_PHOTOS,
    metadata: PictureMetadata | None = None,
) -> None:
    """Empty files, so many in each folder, which the gallery knows with random vectors; and these
    `photos`, whose vectors are given. All have the same metadata."""
    model = model or find(DEFAULT_MODEL, BUILT_IN)
    rng = np.random.default_rng(0)
    home.state.mkdir(parents=True, exist_ok=True)
    gallery = Gallery(home.state / "gallery.db")
    gallery.aim(model.identity, model.name, model.form, {model.identity})
    root = probe(os.fsencode(home.photos))
    assert root.identity is not None
    gallery.folders.remember(root.path, root.identity)
    gallery.show([root.path])
    for start in range(0, count, STEP):
        paths = [_make(home, n, folder) for n in range(start, min(start + STEP, count))]
        vectors = rng.standard_normal((len(paths), model.dimension), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        _store(gallery, dict(zip(paths, vectors, strict=True)), metadata)
    _store(gallery, {os.fsencode(photo): vector for photo, vector in photos.items()}, metadata)
    gallery.close()


def _store(
    gallery: Gallery, vectors: Mapping[FilePath, Vector], metadata: PictureMetadata | None
) -> None:
    gallery.apply(Plan(new={path: FileState.of(os.stat(path)) for path in vectors}))
    served, waiting = gallery.verdicts.waiting(STEP)
    examined = [Examined(i.id, i.state, content_of(i.id)) for i in waiting]
    found = [vectors[image.path] for image in waiting]
    verdicts = (Verdict(*each, metadata) for each in zip(examined, found, strict=True))
    gallery.verdicts.commit(served, verdicts)


def _make(home: Household, number: int, files: int) -> FilePath:
    folder = f"{home.photos}/{number // files:04d}"
    if number % files == 0:
        os.mkdir(folder)
    file = os.fsencode(f"{folder}/{number % files:03d}.jpg")
    os.mknod(file)
    return file
