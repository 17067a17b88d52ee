"""A model in an ONNX file, used and asked; and what becomes of it where its package is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.config import DEFAULT_MODEL
from tests.support.household import WITHOUT, Household, until
from tests.support.tiny_networks import Tiny, described, onnx_file

pytestmark = pytest.mark.long

LACKING = {"PYTHONPATH": str(WITHOUT), "WITHOUT": "onnxruntime"}


@pytest.fixture
def photos(home: Household, album: list[Path]) -> list[Path]:
    models = home.state / "models"
    models.mkdir(parents=True)
    described(models, onnx_file(Tiny()), "tiny.onnx", mean=0.5, std=0.5)
    return [home.add(picture, picture.name)[0] for picture in album[:5]]


def test_it_is_used_and_answers(home: Household, photos: list[Path]) -> None:
    home.start()
    home.settle()
    assert home.ctl("model", "use", "tiny").returncode == 0
    until(lambda: home.settle()["model"] == "tiny")
    assert len(home.similar(photos[0])) == len(photos) - 1
    other = home.folder / "other.jpg"
    other.write_bytes(photos[0].read_bytes() + b"\0")
    asked = home.ctl("similar", str(other), "--paths")
    assert asked.stdout.decode().splitlines()[0] == str(photos[0]), asked.stderr
    same = home.ctl("similar", "--same", str(other), "--paths")
    assert same.stdout.decode().splitlines() == [str(photos[0])], same.stderr


def test_without_its_package_it_is_refused_and_the_other_goes_on(
    home: Household, photos: list[Path]
) -> None:
    home.start(**LACKING)
    home.settle()
    before = home.config.read_text()
    refused = home.ctl("model", "use", "tiny")
    assert refused.returncode == 8
    sentence = refused.stderr.decode()
    assert "The model tiny cannot be used, because it needs onnxruntime" in sentence
    assert "-m pip install onnxruntime" in sentence
    assert sentence.count("\n") == 1
    assert home.config.read_text() == before
    assert home.status()["model"] == DEFAULT_MODEL
    assert len(home.similar(photos[0])) == len(photos) - 1


def test_a_daemon_whose_model_lacks_its_package_answers_with_what_it_has(
    home: Household, photos: list[Path], album: list[Path]
) -> None:
    home.configure('model = "tiny"')
    home.start()
    home.settle()
    home.stop()
    home.start(**LACKING)
    assert "The model tiny cannot be used, because it needs onnxruntime" in home.log()
    assert "it needs onnxruntime" in str(home.status()["problems"])
    assert len(home.similar(photos[0])) == len(photos) - 1
    home.add(album[5], "new.jpg")
    until(lambda: "cannot start with the model tiny" in str(home.status()["problems"]))
    assert home.ctl("reload").returncode == 0, "the model has not changed"
