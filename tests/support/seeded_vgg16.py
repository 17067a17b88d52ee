"""VGG16 with seeded weights: the real ones cannot be had wherever tests run.

    python -m tests.support.seeded_vgg16 WEIGHTS.h5 OUT.npy PICTURE ...

Run as a program it is the recipe that imgsimd's vgg16 must agree with, in plain OpenCV and Keras.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

from tests.support.patience import LONG_DEADLINE

Precision = Literal["int8", "float32"]
FILE = "vgg16_weights_tf_dim_ordering_tf_kernels.h5"
"""The official weights' name."""

CONVOLUTIONS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""For each block: how many, how many channels."""
DENSE = {"fc1": (25088, 4096), "fc2": (4096, 4096), "predictions": (4096, 1000)}
MEMORY_FOR_TWO = 12e9
"""Bytes; each build takes 4 GB, and other tests want some too."""


def weights(shared: Path) -> Path:
    """A weights file in the layout of the official one; the layers after fc1 are all zeros.

    Kernels are drawn after He et al. 2015 (arXiv:1502.01852), so signals neither die nor explode.
    """
    return once(shared / "weights", _write_weights) / FILE


def installed(shared: Path, precision: Precision) -> Path:
    """A folder of models with vgg16, built from these weights; beside it what the build printed."""
    folder = once(shared / "builds", partial(_build_all, weights(shared))) / precision
    assert (folder / "vgg16.toml").is_file(), folder.with_suffix(".txt").read_text()
    return folder


def once(folder: Path, fill: Callable[[Path], object]) -> Path:
    """The folder, filled by the first process that needs it; the others wait."""
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            filling = Path(f"{folder}.filling")
            filling.mkdir(exist_ok=True)
            fill(filling)
            filling.rename(folder)
    return folder


def _build_all(file: Path, into: Path) -> None:
    """As `imgsimctl model add vgg16 --weights FILE` does: both at once where memory allows it."""
    first = _start(file, into, "int8")
    if _available() < MEMORY_FOR_TWO:
        first.wait(LONG_DEADLINE)
    second = _start(file, into, "float32")
    for process in (first, second):
        process.wait(LONG_DEADLINE)


def _start(file: Path, into: Path, precision: Precision) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "imgsimd.models.keras.build", "vgg16", "--name", "vgg16"]
    command += ["--weights", str(file), "--into", str(into / precision), "--precision", precision]
    with (into / f"{precision}.txt").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _available() -> int:
    """Bytes of memory that nobody uses."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def _write_weights(folder: Path) -> None:
    rng = np.random.Generator(np.random.SFC64(1))
    with h5py.File(folder / FILE, "w") as content:
        content.attrs["layer_names"] = [name.encode() for name in _shapes()]
        for name, shape in _shapes().items():
            layer = content.create_group(name)
            names = [f"{name}_W_1:0", f"{name}_b_1:0"]
            layer.attrs["weight_names"] = [each.encode() for each in names]
            kernel = layer.create_dataset(names[0], shape, "f4")
            bias = layer.create_dataset(names[1], shape[-1:], "f4")
            if name not in ("fc2", "predictions"):
                _draw(rng, kernel)
                bias[:] = rng.normal(0, 5, shape[-1])


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    before = 3
    for block, (number, channels) in enumerate(CONVOLUTIONS, 1):
        for index in range(1, number + 1):
            shapes[f"block{block}_conv{index}"] = (3, 3, before, channels)
            before = channels
    return {**shapes, **DENSE}


def _draw(rng: np.random.Generator, kernel: Any) -> None:
    """In parts, because filling fresh memory takes longer than drawing the numbers."""
    scale = np.float32(np.sqrt(2 / np.prod(kernel.shape[:-1])))
    rows = max(1, kernel.shape[0] // 24)
    for row in range(0, kernel.shape[0], rows):
        shape = (min(rows, kernel.shape[0] - row), *kernel.shape[1:])
        kernel[row : row + rows] = rng.standard_normal(shape, np.float32) * scale


def plain_keras(shared: Path, file: Path, pictures: list[Path]) -> NDArray[np.float32]:
    """The output of fc1 for these picture files, always the same; [n, 4096]."""

    def ask(folder: Path) -> None:
        files = map(str, (file, folder / "vectors.npy", *pictures))
        # A process that ends, for its memory.
        command = [sys.executable, "-m", "tests.support.seeded_vgg16", *files]
        subprocess.run(command, check=True, capture_output=True, timeout=LONG_DEADLINE)

    vectors: NDArray[np.float32] = np.load(once(shared / "plain", ask) / "vectors.npy")
    return vectors


def main(file: str, out: str, *pictures: str) -> None:
    """The recipe."""
    import keras
    from keras.applications import vgg16

    whole = vgg16.VGG16(weights=file)
    fc1 = keras.Model(whole.inputs, whole.get_layer("fc1").output)
    bgr = [cv2.resize(np.asarray(cv2.imread(picture)), (224, 224)) for picture in pictures]
    rgb = [cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) for picture in bgr]
    np.save(out, fc1.predict(vgg16.preprocess_input(np.array(rgb, np.float32))))


if __name__ == "__main__":
    main(*sys.argv[1:])
