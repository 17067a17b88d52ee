"""`imgsimctl model add my-network.keras`, and named networks with seeded weights: what is installed
says what plain Keras says, and what cannot be used is refused in words."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from imgsimd.models.model_files import find
from tests.support import keras_networks
from tests.support.household import Household, until
from tests.support.keras_networks import SIDE, Floats, pictures
from tests.support.litert_answers import answers, cosines
from tests.support.patience import LONG_DEADLINE

pytestmark = pytest.mark.long

LEAST = {"int8": 0.995, "float32": 0.9999}


def run(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=LONG_DEADLINE
    )


@pytest.fixture(scope="session")
def files(shared: Path) -> Path:
    return keras_networks.files(shared)


@cache
def expected(files: Path, network: str) -> Floats:
    with np.load(files / "answers.npz") as answers:
        return np.asarray(answers[network])


def add(home: Household, *arguments: str | Path) -> Sequence[str]:
    """The lines that it prints while it succeeds."""
    command = [str(home.scripts / "imgsimctl"), "model", "add", *map(str, arguments)]
    added = subprocess.run(
        command, env=home.environ, capture_output=True, check=False, timeout=LONG_DEADLINE
    )
    assert added.returncode == 0, added.stderr
    return (added.stderr + added.stdout).decode().splitlines()


@pytest.mark.parametrize(
    ("arguments", "network", "size", "precision"),
    [
        (("mobilenetv2", "--weights", "mobilenetv2.h5"), "mobilenetv2", 224, "int8"),
        (
            ("efficientnetb0", "--weights", "efficientnetb0.h5", "--precision", "float32"),
            "efficientnetb0", 224, "float32",
        ),
        (("plain.h5", "--layer", "c2", "--precision", "float32"), "plain", SIDE, "float32"),
        (("free.keras", "--layer", "c2", "--size", "96"), "free", 96, "int8"),
    ],
)  # fmt: skip
def test_what_is_installed_says_what_plain_keras_says(
    arguments: Sequence[str], network: str, size: int, precision: str, home: Household, files: Path
) -> None:
    words = [str(files / word) if (files / word).exists() else word for word in arguments]
    steps = [line.split()[0] for line in add(home, *words, "--name", "mine")]
    assert steps[1:] == ["Converting", "Checking", "Pictures", "Installed", "Use"]
    model = find("mine", home.state / "models")
    assert (model.size, model.precision, model.resize) == (size, precision, "linear")
    plain = expected(files, network)
    assert cosines(answers(model.file, pictures(size)), plain).min() >= LEAST[precision]
    assert cosines(plain[:-1], plain[1:]).min() < LEAST["int8"] - 0.01, "or it would mean nothing"


def test_a_file_is_added_with_the_recipe_beside_it_used_and_removed(
    home: Household, files: Path, album: list[Path]
) -> None:
    shutil.copy(files / "nested.keras", home.folder / "Mine.keras")
    recipe = 'resize = "area"\nfit = "crop"\ncolours = "bgr"\nmean = 0.5\nstd = [0.5, 0.25, 0.5]\n'
    (home.folder / "Mine.toml").write_text(recipe)
    add(home, home.folder / "Mine.keras", "--layer", "base/c1")
    model = find("Mine", home.state / "models")
    assert (model.resize, model.fit, model.colours) == ("area", "crop", "bgr")
    assert (model.mean, model.std) == ((0.5, 0.5, 0.5), (0.5, 0.25, 0.5))
    assert model.description == "Mine.keras, made by Keras, up to layer base/c1"
    assert model.weights == str(home.folder / "Mine.keras")
    assert (
        cosines(answers(model.file, pictures(SIDE)), expected(files, "nested")).min()
        >= LEAST["int8"]
    )

    photos = [home.add(picture, picture.name)[0] for picture in album[:5]]
    home.start()
    home.settle()
    assert home.ctl("model", "use", "Mine").returncode == 0
    until(lambda: home.settle()["model"] == "Mine")
    assert len(home.similar(photos[0])) == len(photos) - 1
    again = home.ctl("model", "add", str(home.folder / "Mine.keras"), "--layer", "base/c1")
    assert again.returncode == 8
    assert b"A model called Mine is installed already. Remove it by" in again.stderr


def test_what_cannot_be_used_is_refused_in_words(files: Path, tmp_path: Path) -> None:
    said = {
        ("oblong.keras", "c2"): "it takes pictures of 32 x 64 pixels, and imgsimd gives it squares",
        ("grey.keras", "c2"): "it takes 64 x 64 x 1, and not pictures in colour",
        ("numbers.keras", "dense"): "it takes 10, and not pictures in colour",
        ("two.keras", "add"): "it has 2 inputs, and not one, for a picture",
        ("free.keras", "c2"): "it takes pictures of any size: say by --size which",
        ("plain.keras", ""): "say by --layer which layer gives the vector. The last layers are, "
        "from the end: c2 (15 x 15 x 16), c1 (31 x 31 x 8).",
        ("plain.keras", "c3"): "There is no layer 'c3'. The last layers are, from the end: c2 (15",
        ("nested.keras", "bas/c1"): "There is no layer 'bas/c1'. Did you mean base/c1 or base",
        ("nested.keras", "\x1b[1m"): r"There is no layer '\x1b[1m'. ",
        ("custom.h5", "c2"): "cannot load it (Unknown layer: 'Mine').",
        ("unfitting.keras", "c2"): "cannot load it (its weights do not fit its layers). It was "
        "saved by Keras 3.15.0: load it there, and save it again as a .keras file.",
        ("older.keras", "c2"): r"frobs': 1}). It was saved by Keras 2.12.0\x1b[1m: load it there",
        ("zero.keras", "last"): "no picture gets a usable vector: its numbers are all zero",
    }
    for file, _ in said:
        shutil.copy(files / file, tmp_path)
    words = [word for pair in said for word in pair]
    ended = run("tests.support.keras_networks", "refuse", tmp_path, *words)
    sentences = json.loads(ended.stdout)
    for (file, layer), sentence in said.items():
        assert sentence in sentences[f"{file} {layer}"]


def test_a_refused_file_changes_nothing_and_can_do_nothing(home: Household, files: Path) -> None:
    models = home.state / "models"
    models.mkdir(parents=True)
    refused = home.ctl("model", "add", str(files / "constant.keras"), "--layer", "last")
    assert refused.returncode == 8
    assert b"it gives nearly the same vector for all pictures" in refused.stderr
    (home.folder / "half.keras").write_bytes((files / "plain.keras").read_bytes()[:9000])
    refused = home.ctl("model", "add", str(home.folder / "half.keras"), "--layer", "c2")
    assert refused.returncode == 8
    assert b"half.keras was not added: it is damaged, cut off, or not saved" in refused.stderr
    (home.folder / "half.toml").write_text("dimension = 16")
    refused = home.ctl("model", "add", str(home.folder / "half.keras"), "--layer", "c2")
    assert b"`dimension` is decided by what is made of half.keras: remove it" in refused.stderr
    assert os.listdir(models) == []
