"""vgg16 from a seeded weights file, in the whole: used, re-embedded, and answering as the recipe
does (read by OpenCV, resized to 224, preprocessed, fc1, unit length, flat L2)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from imgsimd.config import DEFAULT_MODEL
from imgsimd.errors import WeightsMissingError
from tests.support.household import Household, until
from tests.support.patience import LONG_DEADLINE

pytestmark = pytest.mark.long


@pytest.fixture
def photos(home: Household, album: list[Path]) -> list[Path]:
    """The album, indexed with the built-in model."""
    placed = [home.add(picture, picture.name)[0] for picture in album]
    home.start()
    home.settle()
    return placed


def install(home: Household, models: Path) -> None:
    """As `imgsimctl model add` does, which tests/models/test_build.py runs."""
    shutil.copytree(models, home.state / "models", dirs_exist_ok=True)


def ten_nearest(home: Household, photo: Path) -> list[str]:
    result = home.ctl("similar", str(photo), "--exact-order", "--json")
    assert result.returncode == 0, result.stderr
    return [match["path"] for match in json.loads(result.stdout)["matches"]]


def test_answers_equal_the_recipes_in_the_order_of_the_first_ten(
    home: Household, photos: list[Path], vgg16_float32: Path, plain_keras: NDArray[np.float32]
) -> None:
    install(home, vgg16_float32)
    assert home.ctl("model", "use", "vgg16").returncode == 0
    until(lambda: home.settle(LONG_DEADLINE)["model"] == "vgg16", LONG_DEADLINE)
    assert home.status()["images"] == len(photos)

    features = plain_keras / np.linalg.norm(plain_keras, axis=1, keepdims=True)
    squared = ((features[:, None] - features[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    for number, photo in enumerate(photos):
        expected = [str(photos[n]) for n in np.argsort(squared[number])[:10]]
        assert [m["path"] for m in home.similar(photo, exact_order=True)] == expected
        if number % 10 == 0:
            assert ten_nearest(home, photo) == expected, "the command says the same"


def test_the_old_model_answers_until_the_new_one_has_seen_every_photo(
    home: Household, photos: list[Path], vgg16_int8: Path, album: list[Path]
) -> None:
    install(home, vgg16_int8)
    before = ten_nearest(home, photos[0])
    home.client.post("/v1/pause")
    assert home.ctl("model", "use", "vgg16").returncode == 0
    status = home.status()
    assert (status["model"], status["next_model"]) == (DEFAULT_MODEL, "vgg16")
    assert (status["images"], status["pending"]) == (len(photos), len(photos))
    assert ten_nearest(home, photos[0]) == before
    home.client.post("/v1/resume")
    until(lambda: home.settle(LONG_DEADLINE)["model"] == "vgg16", LONG_DEADLINE)
    decoded = home.status()["decoded"]
    assert home.ctl("similar", str(album[0])).returncode == 0, "an outside picture, too"
    assert home.ctl("model", "use", DEFAULT_MODEL).returncode == 0
    assert ten_nearest(home, photos[0]) == before
    assert home.status()["decoded"] == decoded + 1, "going back costs nothing"


def test_a_change_of_model_goes_on_after_a_kill(
    home: Household, photos: list[Path], vgg16_int8: Path
) -> None:
    install(home, vgg16_int8)
    assert home.ctl("model", "use", "vgg16").returncode == 0
    home.stop(9)
    home.start()
    until(lambda: home.settle(LONG_DEADLINE)["model"] == "vgg16", LONG_DEADLINE)
    assert home.status()["images"] == len(photos)


def test_installed_models_are_listed_with_size_and_weights(
    home: Household, vgg16_int8: Path, seeded_weights: Path
) -> None:
    install(home, vgg16_int8)
    home.start()
    listed: Any = json.loads(home.ctl("model", "list", "--json").stdout)
    vgg16 = next(model for model in listed if model["name"] == "vgg16")
    assert (vgg16["dimension"], vgg16["in_use"]) == (4096, False)
    assert vgg16["bytes"] > 50e6
    assert str(seeded_weights) in vgg16["weights"]


def test_weights_that_cannot_be_had_are_exit_code_7_and_change_nothing(home: Household) -> None:
    closed = "http://127.0.0.1:9"  # the discard port: nobody listens
    result = home.ctl("model", "add", "vgg16", https_proxy=closed, HTTPS_PROXY=closed)
    assert result.returncode == WeightsMissingError.exit_code
    text = result.stderr.decode()
    assert "vgg16_weights_tf_dim_ordering_tf_kernels" in text
    assert "https://" in text
    assert "Traceback" not in text
    assert not list((home.state / "models").glob("*"))
