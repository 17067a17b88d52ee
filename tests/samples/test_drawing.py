"""The pictures to play with: varied, the same every time, and told apart by the built-in model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from imgsimd.config import DEFAULT_MODEL
from imgsimd.decoding import decode
from imgsimd.errors import ConfigError
from imgsimd.models import model_files
from imgsimd.samples import drawing
from imgsimd.samples.scenes import KINDS

MODEL = model_files.BUILT_IN / f"{DEFAULT_MODEL}.tflite"
BEGINNINGS = {".jpg": b"\xff\xd8\xff", ".png": b"\x89PNG", ".webp": b"RIFF"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What `imgsimctl sample DIR` draws."""
    return drawing.fill(tmp_path_factory.mktemp("sample"))


def draws(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the module as the command line does."""
    command = [sys.executable, "-m", "imgsimd.samples.drawing", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def kind(file: Path) -> str:
    return file.name.rsplit("-", 1)[0]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("size", [(320, 240), (90, 200), (8, 8), (150, 30)])
def test_a_picture_has_the_size_that_was_asked_for(name: str, size: tuple[int, int]) -> None:
    picture = drawing.draw(name, np.random.default_rng(1), *size)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 5


def test_a_number_goes_round_through_the_kinds() -> None:
    first, third, again = (
        drawing.draw(which, np.random.default_rng(3), 120, 90) for which in (0, 2, len(KINDS))
    )
    assert (first == again).all()
    assert (first != third).any()


def test_colours_are_red_green_blue(drawn: list[Path]) -> None:
    """A sunset is red; with the channels swapped it would be blue."""
    picture = drawing.draw("sunset", np.random.default_rng(1), 160, 120)
    for sunset in (picture, decode.pixels(drawn[0].read_bytes())):
        red, _, blue = sunset.mean((0, 1))
        assert red > blue + 20


def test_the_same_seed_draws_the_same_files(tmp_path: Path) -> None:
    one, two, other = (
        {f.name: f.read_bytes() for f in drawing.fill(tmp_path / name, 3, seed)}
        for name, seed in (("one", 1), ("two", 1), ("other", 2))
    )
    assert one == two
    assert not set(one.values()) & set(other.values())


def test_a_larger_count_only_adds(tmp_path: Path) -> None:
    few = drawing.fill(tmp_path / "few", 2)
    more = drawing.fill(tmp_path / "more", 4)
    assert [f.read_bytes() for f in few] == [f.read_bytes() for f in more[:2]]


def test_every_file_is_the_picture_its_name_says(drawn: list[Path]) -> None:
    assert len(drawn) == len({f.name for f in drawn}) == drawing.COUNT
    assert {kind(f) for f in drawn} == set(KINDS)
    for file in drawn:
        assert file.read_bytes().startswith(BEGINNINGS[file.suffix])


def test_sizes_and_formats_are_mixed(drawn: list[Path]) -> None:
    shapes = [decode.pixels(f.read_bytes()).shape[:2] for f in drawn]
    assert all(480 <= max(shape) <= 1200 for shape in shapes)
    assert len(set(shapes)) > 20
    suffixes = [f.suffix for f in drawn]
    assert set(suffixes) == set(BEGINNINGS)
    assert suffixes.count(".jpg") > 0.8 * len(drawn)


def test_the_nearest_pictures_are_of_the_same_kind(drawn: list[Path]) -> None:
    """What makes the samples worth searching: the built-in model groups them."""
    vectors = embed(drawn)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    order = np.argsort(-likeness, axis=1)[:, :3]
    kinds = np.array([kind(f) for f in drawn])
    same = kinds[order] == kinds[:, None]
    assert same[:, 0].mean() >= 0.95
    assert same.mean() >= 0.9


def embed(files: list[Path]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """The built-in model's unit vectors [n, dimension]."""
    network = Interpreter(str(MODEL))
    where = network.get_input_details()[0]["index"]
    pictures = [decode.square(decode.pixels(f.read_bytes()), 224, "area") for f in files]
    network.resize_tensor_input(where, [len(files), 224, 224, 3])
    network.allocate_tensors()
    network.set_tensor(where, np.stack(pictures))
    network.invoke()
    vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    vectors = network.get_tensor(network.get_output_details()[0]["index"])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def test_the_program_draws_quietly(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pictures"
    done = draws(folder, "--count", "2", "--seed", "5")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_is_not_empty_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "sunset-01.jpg").write_bytes(b"mine")
    done = draws(tmp_path, "--count", "1")
    assert done.returncode == ConfigError.exit_code
    assert done.stdout == ""
    assert done.stderr.startswith(f"imgsimctl: {tmp_path} is not empty")
    assert "Traceback" not in done.stderr
    assert [f.read_bytes() for f in tmp_path.iterdir()] == [b"mine"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        with pytest.raises(ConfigError, match=f"{folder} cannot be written: "):
            drawing.fill(folder, 1)


def test_a_folder_whose_name_is_not_utf8_is_filled(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    assert draws(folder, "--count", "1").returncode == 0
    (file,) = folder.iterdir()
    assert cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR) is not None
