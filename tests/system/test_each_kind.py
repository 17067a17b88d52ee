"""A network in each kind of file: a broken one is refused, a good one is added, proven, used, asked
and removed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from imgsimd.config import DEFAULT_MODEL
from tests.support import keras_networks
from tests.support.household import Household, indexed
from tests.support.odd_networks import DIMENSION, SIZE, pooled
from tests.support.tiny_networks import Tiny, tflite_file

pytestmark = pytest.mark.long

USED = DEFAULT_MODEL
TEXT = f'size = {SIZE}\ndimension = {DIMENSION}\nresize = "area"\n'


class Kind(NamedTuple):
    """How a user adds a network. `content` is that of the file, by the folder of Keras's files."""

    suffix: str
    content: Callable[[Path], bytes]
    text: str = ""
    """Of the TOML file beside it; none if empty."""
    options: tuple[str, ...] = ()


def of_keras(name: str) -> Callable[[Path], bytes]:
    return lambda folder: (folder / name).read_bytes()


KINDS = {
    "tflite": Kind(
        ".tflite", lambda _: tflite_file(Tiny((SIZE, SIZE, 3), output=(DIMENSION,))), TEXT
    ),
    "onnx": Kind(".onnx", lambda _: pooled(), f'{TEXT}layout = "nchw"\nmean = 0.5\nstd = 0.5\n'),
    "keras": Kind(".keras", of_keras("plain.keras"), "", ("--layer", "c2")),
    "h5": Kind(".h5", of_keras("plain.h5"), "", ("--layer", "c2")),
    "application": Kind(".h5", of_keras("mobilenetv2.h5"), "", ("mobilenetv2", "--weights")),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    with indexed(tmp_path_factory.mktemp("home"), album[:8]) as household:
        yield household


@pytest.fixture(scope="module")
def keras_files(shared: Path) -> Path:
    return keras_networks.files(shared)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_network_is_added_used_asked_and_removed(
    kind: Kind, home: Household, keras_files: Path, tmp_path: Path
) -> None:
    file = tmp_path / f"mine{kind.suffix}"
    if kind.text:
        file.with_suffix(".toml").write_text(kind.text)
    adding = ["model", "add", "--name", "mine", *kind.options, str(file)]

    if kind is not KINDS["application"]:  # TensorFlow takes long: see tests/models/test_build.py
        before = everything(home)
        file.write_bytes(kind.content(keras_files)[:700])
        broken = home.ctl(*adding)
        assert broken.returncode == 8, broken
        assert b"imgsimctl: " in broken.stderr
        assert everything(home) == before, "nothing is changed by a broken file"

    file.write_bytes(kind.content(keras_files))
    added = home.ctl(*adding)
    assert added.returncode == 0, added
    assert b"Drawn pictures are " in added.stdout + added.stderr, "it is proven"
    assert b"Use it: imgsimctl model use mine" in added.stdout

    assert home.ctl("model", "use", "mine").returncode == 0
    home.settle()
    asked = home.ctl("similar", str(home.photos / "beach-01.jpg"), "-k", "3", "--json")
    answer = json.loads(asked.stdout)
    assert (answer["model"], len(answer["matches"])) == ("mine", 3)
    new = home.ctl("similar", "-", "--json", stdin=file_of(home))
    assert json.loads(new.stdout)["matches"][0]["distance"] < 0.01, "a picture that is not indexed"

    assert home.ctl("model", "use", USED).returncode == 0
    home.settle()
    removed = home.ctl("model", "remove", "mine", "--confirm")
    assert removed.returncode == 0, removed
    assert list((home.state / "models").iterdir()) == []
    assert b"mine" not in home.ctl("model", "list").stdout


def file_of(home: Household) -> bytes:
    return (home.photos / "beach-01.jpg").read_bytes()


def everything(home: Household) -> dict[str, bytes]:
    """All models that were added, and the gallery."""
    files = [*(home.state / "models").rglob("*"), *home.state.glob("gallery.db*")]
    return {str(file): file.read_bytes() for file in files if not file.name.endswith("-shm")}
