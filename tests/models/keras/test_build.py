"""`imgsimctl model add vgg16`: what it builds says what Keras says, or it is not installed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import h5py
import numpy as np
import pytest

from imgsimd.decoding import decode
from imgsimd.errors import ModelError
from imgsimd.models.install import MARK, workspace
from imgsimd.models.keras import conversion
from imgsimd.models.model_files import Model, find
from tests.support.litert_answers import Floats, answers, cosines
from tests.support.patience import LONG_DEADLINE
from tests.support.seeded_vgg16 import FILE

pytestmark = pytest.mark.long

SITE = "https://storage.googleapis.com/tensorflow/keras-applications"
LEAST = {"int8": 0.995, "float32": 0.9999}


@pytest.fixture
def pictures(album: list[Path]) -> list[Path]:
    """Files of several kinds; others than those that the build itself checks with."""
    return album[::6]


@pytest.fixture
def expected(plain_keras: Floats) -> Floats:
    """What plain Keras says of them."""
    return plain_keras[::6]


@pytest.fixture(params=["int8", "float32"])
def model(request: pytest.FixtureRequest, vgg16_int8: Path, vgg16_float32: Path) -> Model:
    """The installed vgg16, in each precision."""
    return find("vgg16", {"int8": vgg16_int8, "float32": vgg16_float32}[request.param])


def run(into: Path, *arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the module as the command line does."""
    command = [sys.executable, "-m", "imgsimd.models.keras.build", *map(str, arguments)]
    command += ["--name", "vgg16"]
    return subprocess.run(
        [*command, "--into", str(into)],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_DEADLINE,
    )


def squares(pictures: list[Path], model: Model) -> Floats:
    """What the embedding worker would give to the network."""
    whole = [decode.pixels(file.read_bytes()) for file in pictures]
    return np.array([decode.square(each, model.size, model.resize) for each in whole], np.float32)


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder of models with something in it that must not change."""
    (tmp_path / "vgg16.toml").write_text(f"{MARK}an earlier one")
    (tmp_path / "vgg16.tflite").write_bytes(b"of which nothing may get lost")
    return tmp_path


def test_a_built_model_gives_the_vectors_of_plain_keras(
    model: Model, pictures: list[Path], expected: Floats
) -> None:
    agreement = cosines(answers(model.file, squares(pictures, model)), expected)
    assert agreement.min() >= LEAST[model.precision]


def test_red_and_blue_swapped_would_have_been_noticed(
    model: Model, pictures: list[Path], expected: Floats
) -> None:
    swapped = squares(pictures, model)[..., ::-1].copy()
    assert cosines(answers(model.file, swapped), expected).min() < LEAST[model.precision] - 0.01


def test_other_pictures_have_other_vectors(expected: Floats) -> None:
    """Or else the agreement with Keras would mean nothing."""
    first, second = np.triu_indices(len(expected), 1)
    assert cosines(expected[first], expected[second]).max() < 0.98


def test_one_picture_has_the_same_vector_alone_and_among_others(
    model: Model, pictures: list[Path]
) -> None:
    inputs = squares(pictures[:2], model)
    alone = np.concatenate([answers(model.file, each[None]) for each in inputs])
    assert cosines(alone, answers(model.file, inputs)).min() > 0.999999


def test_a_model_that_does_not_agree_with_keras_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
    installed: Path,
    vgg16_int8: Path,
    pictures: list[Path],
    expected: Floats,
) -> None:
    good, before = find("vgg16", vgg16_int8), content(installed)
    wrong = conversion.Answers(squares(pictures, good), expected[::-1])
    monkeypatch.setattr(conversion, "_converted", lambda *_: good.file.read_bytes())
    with (
        pytest.raises(ModelError, match="does not agree with Keras"),
        workspace(installed, "vgg16") as folder,
    ):
        conversion.convert("vgg16", folder / "saved", wrong, "int8", StringIO())
    assert content(installed) == before


def test_the_installed_model_is_found_with_all_that_is_known_of_it(
    model: Model, pictures: list[Path], seeded_weights: Path
) -> None:
    assert set(content(model.file.parent)) == {"vgg16.tflite", "vgg16.toml"}
    assert (
        answers(model.file, squares(pictures[:1], model)).shape == (1, model.dimension) == (1, 4096)
    )
    assert (model.size, model.resize, model.weights) == (224, "linear", str(seeded_weights))
    assert model.sha256 == hashlib.sha256(model.file.read_bytes()).hexdigest()
    assert model.identity.startswith(f"vgg16/{model.precision}/")


def test_a_build_prints_its_steps_and_nothing_of_tensorflow(model: Model) -> None:
    log = model.file.parent.with_suffix(".txt").read_text()
    steps = [line.split()[0] for line in log.splitlines()]
    assert steps == ["Building", "Converting", "Checking", "Pictures", "Installed"]


def test_missing_weights_are_reported_with_their_source_and_place(
    installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache, before = tmp_path_factory.mktemp("keras"), content(installed)
    nobody = "http://127.0.0.1:9"
    ended = run(installed, "vgg16", KERAS_HOME=str(cache), HTTPS_PROXY=nobody, https_proxy=nobody)
    *_, sentence = ended.stderr.splitlines()
    assert (ended.returncode, content(installed)) == (7, before)
    for word in (FILE, f"{SITE}/vgg16/{FILE}", f"{cache}/models", "--weights"):
        assert word in sentence


def test_damaged_weights_are_named_and_change_nothing(
    installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    damaged, before = tmp_path_factory.mktemp("weights") / "half.h5", content(installed)
    with h5py.File(damaged, "w") as whole:
        whole["fc1"] = np.zeros(1000)
    os.truncate(damaged, 5000)
    ended = run(installed, "vgg16", "--weights", damaged)
    *_, sentence = ended.stderr.splitlines()
    assert (ended.returncode, content(installed)) == (8, before)
    assert sentence.startswith(f"imgsimctl: {damaged} does not hold the weights of VGG16")


def test_a_name_that_another_model_has_is_refused(installed: Path) -> None:
    before = content(installed)
    ended = run(installed, "resnet50")
    assert (ended.returncode, content(installed)) == (8, before)
    assert "A model called vgg16 is installed already. Remove it by" in ended.stderr


def test_weights_that_are_not_there_are_noticed_at_once(installed: Path) -> None:
    before = content(installed)
    ended = run(installed, "vgg16", "--weights", "/nowhere/to.h5")
    assert (ended.returncode, content(installed)) == (7, before)
    assert ended.stderr.startswith("imgsimctl: No such file: /nowhere/to.h5.")
