"""Files on disk to searchable, beside what the cores could do if nothing else had to be done.

    python -m tests.benchmarks.indexing [FOLDER] [COUNT]

The limit is cores / (decode + network), in CPU seconds a picture, measured alone in the same run.
Without a folder, drawn pictures of 500 x 375 and of 12 megapixels.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from imgsimd.embedding import decode, drawing
from imgsimd.embedding.models import BUILT_IN, find
from imgsimd.embedding.worker import Network
from tests.household import Household, until

OLD = 1e9
"""A modification time long ago: files that are being written are waited for."""


def draw(folder: Path, count: int, width: int, height: int) -> list[Path]:
    folder.mkdir()
    for number in range(count):
        picture = drawing.draw(number, np.random.default_rng(number), width, height)
        cv2.imwrite(str(folder / f"{number}.jpg"), picture[..., ::-1])
    return sorted(folder.iterdir())


def limit(files: list[Path]) -> tuple[float, float]:
    """CPU milliseconds of one core a picture: decoding, and decoding with the network."""
    model = find("efficientnet-lite0", BUILT_IN)
    cv2.setNumThreads(1)
    network = Network(str(model.file), model.size, model.resize)
    contents = [file.read_bytes() for file in files]
    network.embed(contents[0])
    start = time.process_time()
    for content in contents:
        decode.squared(content, model.size, model.resize)
    middle = time.process_time()
    for content in contents:
        network.embed(content)
    end = time.process_time()
    return (middle - start) / len(files) * 1000, (end - middle) / len(files) * 1000


def measure(name: str, files: list[Path]) -> None:
    sample = files[:: max(1, len(files) // 200)]
    decoding, both = limit(sample)
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        for number, file in enumerate(files):
            copy = home.photos / f"{number}{file.suffix}"
            shutil.copyfile(file, copy)
            os.utime(copy, (OLD + number, OLD + number))
        home.config.write_text("")
        home.start()
        home.settle()
        home.config.write_text(f'roots = ["{home.photos}"]')
        start = time.perf_counter()
        home.client.post("/v1/reload")

        def is_done() -> bool:
            time.sleep(0.1)  # asking costs the daemon a little, too
            status = home.status()
            return bool(status["images"] + status["failed"] == len(files))

        try:
            until(is_done, 3600)
            seconds = time.perf_counter() - start
        finally:
            home.close()
    rate, best = len(files) / seconds, cores / both * 1000
    print(
        f"{name:20} {len(files):6} pictures  decode {decoding:6.1f} ms  with network {both:6.1f} ms"
        f"  limit {best:6.1f}/s  reached {rate:6.1f}/s  ratio {rate / best:.2f}"
    )


def main(arguments: list[str]) -> None:
    if arguments:
        files = sorted(Path(arguments[0]).rglob("*.jpg"))
        measure(Path(arguments[0]).name, files[: int(arguments[1])] if arguments[1:] else files)
        return
    with tempfile.TemporaryDirectory() as place:
        measure("500 x 375", draw(Path(place) / "small", 1500, 500, 375))
        measure("12 megapixels", draw(Path(place) / "large", 200, 4000, 3000))


if __name__ == "__main__":
    main(sys.argv[1:])
