"""Files on disk to searchable, beside what the cores could do if nothing else had to be done.

    python -m tests.benchmarks.indexing [FOLDER]

The limit is cores / (decode + network), in CPU seconds a picture, measured alone in the same run;
and, since cores that share caches and a host are slower together, what all of them do at once. Both
are measured before and after, and the mean is taken: others on the host may come and go. Without a
folder, drawn pictures of 500 x 375 and of 12 megapixels.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import cv2
import numpy as np

from imgsimd.config import DEFAULT_MODEL
from imgsimd.decoding import decode
from imgsimd.embedding.network import Network
from imgsimd.models.model_files import BUILT_IN, Model, find
from imgsimd.samples import drawing
from tests.benchmarks import table
from tests.benchmarks.arriving import index
from tests.benchmarks.table import Row
from tests.benchmarks.timing import seconds
from tests.support.household import Household
from tests.support.networks import network_of

SAMPLE = 100
"""Pictures that are decoded and embedded alone."""
SIZES = (("500 x 375", 8000, 500, 375), ("12 megapixels", 800, 4000, 3000))
"""Name, how many files (so many that the worker's start does not count), width and height."""
DRAWN = 40
"""Pictures that are different; the files differ in what follows a JPEG's end."""


def rows(folder: Path | None = None) -> Iterator[Row]:
    if folder is not None:
        yield from _measure(folder.name, sorted(folder.rglob("*.jpg")))
        return
    for name, count, width, height in SIZES:
        with tempfile.TemporaryDirectory() as place:
            yield from _measure(name, draw(Path(place), count, width, height))


def draw(folder: Path, count: int, width: int, height: int, drawn: int = DRAWN) -> list[Path]:
    """JPEG files in the folder, each of other bytes, of so many different pictures."""
    pictures = []
    for number in range(min(drawn, count)):
        picture = drawing.draw(number, np.random.default_rng(number), width, height)
        pictures.append(cv2.imencode(".jpg", picture[..., ::-1])[1].tobytes())
    files = [folder / f"{number}.jpg" for number in range(count)]
    for number, file in enumerate(files):
        file.write_bytes(pictures[number % len(pictures)] + os.urandom(16))
    return files


class Limits(NamedTuple):
    """What decoding and the network take without all the rest."""

    decoding: float
    """CPU seconds of one core a picture."""
    both: float
    """As `decoding`, with the network."""
    together: float
    """Pictures a second of all cores at once."""


def _measure(name: str, files: Sequence[Path]) -> Iterator[Row]:
    contents = [file.read_bytes() for file in files[:: max(1, len(files) // SAMPLE)]]
    before = _limits(contents)
    with tempfile.TemporaryDirectory() as place:
        rate, own = index(Household(Path(place)), files)
    after = _limits(contents)
    decoding, both, together = map(mean, zip(before, after, strict=True))
    name = f"indexing, {name} ({len(files)} files)"
    for beside, best in (
        ("cores / CPU seconds alone", len(os.sched_getaffinity(0)) / both),
        ("all cores at nothing else", together),
    ):
        yield Row(name, f"{rate:.1f}/s", f"{beside} {best:.1f}/s", rate / best, ">= 0.9")
    yield Row(
        "- daemon's CPU a picture (stat, hash, SQLite, FAISS, pipes)", f"{own * 1000:.2f} ms",
        f"decode {decoding * 1000:.1f} + network {(both - decoding) * 1000:.1f} ms",
        own / both, "< 0.1",
    )  # fmt: skip


def _limits(contents: Sequence[bytes]) -> Limits:
    model = find(DEFAULT_MODEL, BUILT_IN)
    return Limits(*alone(model, contents), together(model, contents))


def alone(model: Model, contents: Sequence[bytes]) -> tuple[float, float]:
    """CPU seconds of one core a picture: decoding, and decoding with the network."""
    cv2.setNumThreads(1)
    network = network_of(model)
    network.embed(contents[0])
    start = time.process_time()
    for content in contents:
        decode.squared(content, model.size, model.resize)
    middle = time.process_time()
    for content in contents:
        network.embed(content)
    end = time.process_time()
    return (middle - start) / len(contents), (end - middle) / len(contents)


def together(model: Model, contents: Sequence[bytes]) -> float:
    """Pictures a second that all cores decode and embed, with nothing else to do: they share
    caches, memory and, on a virtual machine, the time that others leave them."""
    cores = len(os.sched_getaffinity(0))

    def share(network: Network) -> None:
        for content in contents:
            network.embed(content)

    networks = [network_of(model) for _ in range(cores)]
    with ThreadPoolExecutor(cores) as pool:
        taken = seconds(lambda: list(pool.map(share, networks)))
    return cores * len(contents) / taken


if __name__ == "__main__":
    table.show(rows(*map(Path, sys.argv[1:])))
