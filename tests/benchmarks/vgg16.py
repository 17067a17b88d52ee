"""VGG16, the article's network: how fast imgsimd indexes with it, and what 8-bit weights cost.

    python -m tests.benchmarks.vgg16 [FOLDER]

FOLDER/CLASS/FILE.jpg: two pictures of one class count as alike. Without a folder, drawn pictures,
alike if of one kind. The weights are seeded, because the real ones cannot be had everywhere: the
speeds are the real ones, and both builds share the weights, but precision says nothing of VGG16.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import faiss
import numpy as np
from numpy.typing import NDArray

from imgsimd.models.keras.library import import_keras, quiet
from imgsimd.models.keras.networks import NETWORKS
from imgsimd.models.model_files import find
from imgsimd.samples import drawing
from tests.benchmarks import table
from tests.benchmarks.arriving import index
from tests.benchmarks.indexing import together
from tests.benchmarks.neighbours import K, nearest, precision
from tests.benchmarks.table import Row
from tests.support import seeded_vgg16
from tests.support.household import Household
from tests.support.networks import network_of

VGG16 = NETWORKS["vgg16"]
PHOTOS = 300
DRAWN = 200
SAMPLE = 40
"""For the article's loop, which is so slow that more would take minutes, and for the limit."""


class Photo(NamedTuple):
    """A picture, and what makes it like another."""

    file: Path
    label: str


def rows(folder: Path | None = None) -> Iterator[Row]:
    """Speed beside the article's loop; then the neighbours of the 8-bit build beside float32's."""
    with tempfile.TemporaryDirectory() as place:
        shared = Path(place)
        photos = labelled(folder) if folder else drawn(shared / "drawn")
        yield from speed(shared, photos)
        yield from neighbours(shared, photos)


def labelled(folder: Path) -> list[Photo]:
    """At most PHOTOS of the folder's, evenly from all classes and from all of each class."""
    classes = defaultdict(list)
    for file in sorted(folder.glob("*/*.jpg")):
        classes[file.parent.name].append(Photo(file, file.parent.name))
    quota = PHOTOS // len(classes)
    return [
        photo
        for photos in classes.values()
        for photo in photos[:: max(1, len(photos) // quota)][:quota]
    ]


def drawn(folder: Path) -> list[Photo]:
    """`drawing.fill` names each file by its kind and a number."""
    files = drawing.fill(folder, DRAWN)
    return [Photo(file, file.stem.rpartition("-")[0]) for file in files]


def speed(shared: Path, photos: Sequence[Photo]) -> Iterator[Row]:
    """Models are loaded on both sides before it begins."""
    models = seeded_vgg16.installed(shared, "int8")
    (shared / "home").mkdir()
    home = Household(shared / "home")
    shutil.copytree(models, home.state / "models")
    files = [photo.file for photo in photos]
    ours = index(home, files, 'model = "vgg16"', is_worker_ready=True).rate
    some = files[:: max(1, len(files) // SAMPLE)]
    with multiprocessing.get_context("spawn").Pool(1) as child:  # TensorFlow takes 3 GB
        weights = str(seeded_vgg16.weights(shared))
        theirs = child.apply(article, (weights, [str(file) for file in some]))
    what = f"{len(files)} files on disk to searchable, vgg16 int8, seeded weights"
    reached = f"{ours:.1f} pictures/s"
    loop = f"the article's loop, {len(some)} of them: {theirs:.1f} pictures/s"
    yield Row(what, reached, loop, ours / theirs, ">= 7")
    best = together(find("vgg16", models), [file.read_bytes() for file in some])
    beside = f"all cores at nothing else {best:.1f} pictures/s"
    yield Row("- beside the limit", reached, beside, ours / best, ">= 0.9")


def article(weights: str, files: Sequence[str]) -> float:
    """Pictures a second of its loop: read, resized, predicted and added, one after another."""
    with quiet():
        keras = import_keras()
        vgg16 = keras.applications.vgg16
        whole = vgg16.VGG16(weights=weights)
        fc1 = keras.Model(whole.inputs, whole.get_layer(VGG16.layer).output)
        index = faiss.IndexFlatL2(fc1.output_shape[-1])

        def add(file: str) -> None:
            bgr = cv2.resize(np.asarray(cv2.imread(file)), (VGG16.size, VGG16.size))
            rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).astype(np.float32)
            index.add(fc1.predict(vgg16.preprocess_input(rgb[None]), verbose=0))

        add(files[0])  # the first `predict` compiles: as a model's loading, that is not counted
        start = time.perf_counter()
        for file in files:
            add(file)
        return len(files) / (time.perf_counter() - start)


def neighbours(shared: Path, photos: Sequence[Photo]) -> Iterator[Row]:
    labels = np.array([photo.label for photo in photos])
    int8 = nearest(embedded(seeded_vgg16.installed(shared, "int8"), photos))
    float32 = nearest(embedded(seeded_vgg16.installed(shared, "float32"), photos))
    common = np.mean([len(np.intersect1d(*both)) / K for both in zip(int8, float32, strict=True)])
    what = f"vgg16 int8, {len(photos)} photos, seeded weights"
    yield Row(f"share of float32's {K} nearest, {what}", f"{common:.4f}", "", None, ">= 0.95")
    ours, faithful = precision(int8, labels), precision(float32, labels)
    yield Row(
        f"precision at {K}, {what}",
        f"{ours:.4f}, {ours - faithful:+.4f}",
        f"float32: {faithful:.4f}",
        ours / faithful,
        "within 0.01",
    )


def embedded(models: Path, photos: Sequence[Photo]) -> NDArray[np.float64]:
    """[n, dimension], as the worker does it: one network to a core."""
    model = find("vgg16", models)
    cores = len(os.sched_getaffinity(0))

    def share(first: int) -> list[bytes]:
        network = network_of(model)
        return [network.embed(photo.file.read_bytes())[0] for photo in photos[first::cores]]

    vectors = np.empty((len(photos), model.dimension))
    with ThreadPoolExecutor(cores) as pool:
        for first, contents in enumerate(pool.map(share, range(cores))):
            vectors[first::cores] = [np.frombuffer(content, "<f4") for content in contents]
    return vectors


if __name__ == "__main__":
    table.show(rows(*map(Path, sys.argv[1:])))
