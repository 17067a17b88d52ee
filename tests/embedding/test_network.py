"""A network gets what its recipe says of a picture, whatever file it is in, and gives a vector."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgsimd.errors import BadPictureError, ModelError
from imgsimd.vectors import VectorForm
from tests.support.networks import network_of
from tests.support.pictures import encoded
from tests.support.tiny_networks import DIMENSION, SIZE, Tiny, described, onnx_file, tflite_file

Array: TypeAlias = NDArray[Any]
FILES: dict[str, Callable[[Tiny], bytes]] = {"tiny.tflite": tflite_file, "tiny.onnx": onnx_file}
FORM = VectorForm(DIMENSION)
PLANES = (3, SIZE, SIZE)
"""The input of a network that has the channels first."""

both_kinds = pytest.mark.parametrize("file", FILES)


def picture(height: int = 48, width: int = 64, seed: int = 0) -> Array:
    """RGB, smooth, so that rounding matters little."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 256, (4, 5, 3), np.uint8)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR)


def png(rgb: Array) -> bytes:
    return encoded(rgb[..., ::-1].copy(), ".png")


def squeezed(rgb: Array, size: int = SIZE) -> Array:
    return cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA)


def unit(numbers: Array) -> Array:
    flat = numbers.reshape(-1)
    return np.asarray(flat / np.linalg.norm(flat))


def embedded(folder: Path, content: bytes, file: str, rgb: Array, **keys: object) -> Array:
    network = network_of(described(folder, content, file, **keys))
    return FORM.from_bytes(network.embed(png(rgb))[0])


def refusal(folder: Path, content: bytes, file: str, **keys: object) -> str:
    """Why the network cannot be used."""
    model = described(folder, content, file, **keys)
    with pytest.raises(ModelError) as error:
        network_of(model).prove(picture())
    return str(error.value)


def is_near(one: Array, other: Array, tolerance: float = 1e-5) -> bool:
    return one.shape == other.shape and bool(np.abs(one - other).max() < tolerance)


@both_kinds
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_pixels_are_given_as_they_are_to_any_batch(tmp_path: Path, file: str, batch: int) -> None:
    tiny, rgb = Tiny(batch=batch), picture()
    vector = embedded(tmp_path, FILES[file](tiny), file, rgb)
    assert is_near(vector, unit(tiny.answer(squeezed(rgb))))


@both_kinds
def test_channels_may_come_first_and_in_another_order(tmp_path: Path, file: str) -> None:
    tiny, rgb = Tiny(input=PLANES), picture()
    keys = {"layout": "nchw", "colours": "bgr"}
    vector = embedded(tmp_path, FILES[file](tiny), file, rgb, **keys)
    seen = squeezed(rgb)[..., ::-1].transpose(2, 0, 1)
    assert is_near(vector, unit(tiny.answer(seen)))


@both_kinds
def test_pixels_are_scaled_by_colour(tmp_path: Path, file: str) -> None:
    tiny, rgb = Tiny(), picture()
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    keys: dict[str, object] = {"mean": mean, "std": std, "colours": "bgr"}
    vector = embedded(tmp_path, FILES[file](tiny), file, rgb, **keys)
    seen = (squeezed(rgb) / 255 - mean) / std
    assert is_near(vector, unit(tiny.answer(seen[..., ::-1])))


@pytest.mark.parametrize(("file", "dtype"), [
    ("tiny.tflite", "uint8"), ("tiny.onnx", "uint8"), ("tiny.onnx", "int64"),
])  # fmt: skip
def test_whole_numbers_are_the_pixels(tmp_path: Path, file: str, dtype: str) -> None:
    tiny, rgb = Tiny(dtype=dtype, quantised=(1.0, 0)), picture()
    vector = embedded(tmp_path, FILES[file](tiny), file, rgb)
    assert is_near(vector, unit(tiny.answer(squeezed(rgb))))


def test_signed_bytes_begin_with_black(tmp_path: Path) -> None:
    tiny, rgb = Tiny(dtype="int8", quantised=(1 / 255, -128)), picture()
    vector = embedded(tmp_path, tflite_file(tiny), "tiny.tflite", rgb)
    assert is_near(vector, unit(tiny.answer(squeezed(rgb))))


@pytest.mark.parametrize(("dtype", "zero"), [("int8", 3), ("uint8", 120)])
def test_what_is_scaled_is_quantised_as_the_input_says(
    tmp_path: Path, dtype: str, zero: int
) -> None:
    tiny, rgb = Tiny(dtype=dtype, quantised=(0.02, zero)), picture()
    vector = embedded(tmp_path, tflite_file(tiny), "tiny.tflite", rgb, mean=0.5, std=0.5)
    steps = np.rint((squeezed(rgb).astype(np.float32) / 255 - 0.5) / 0.5 / np.float32(0.02))
    limits = np.iinfo(dtype)
    codes = np.clip(steps + zero, limits.min, limits.max)
    assert is_near(vector, unit(tiny.answer((codes - zero) * 0.02)))


def test_half_floats_are_given_and_taken(tmp_path: Path) -> None:
    tiny, rgb = Tiny(dtype="float16"), picture()
    vector = embedded(tmp_path, onnx_file(tiny), "tiny.onnx", rgb, mean=0.5, std=0.5)
    assert vector.dtype == np.float32
    assert is_near(vector, unit(tiny.answer(squeezed(rgb) / 127.5 - 1)), 5e-3)


@both_kinds
def test_a_vector_is_answered_in_the_form_in_which_it_is_stored(tmp_path: Path, file: str) -> None:
    tiny, rgb = Tiny(output=(200,)), picture()
    keys: dict[str, object] = {"dimension": 200, "stored_as": "int8"}
    network = network_of(described(tmp_path, FILES[file](tiny), file, **keys))
    stored, _ = network.embed(png(rgb))
    assert len(stored) == 200
    wanted = unit(tiny.answer(squeezed(rgb)))
    assert is_near(VectorForm(200, "int8").from_bytes(stored), wanted, 0.02)


def test_an_answer_in_bytes_stands_for_numbers(tmp_path: Path) -> None:
    tiny, rgb = Tiny(quantised=None), picture()
    numbers = tiny.answer(squeezed(rgb) / 255)
    scale = float(np.abs(numbers).max() / 100)
    content = tflite_file(tiny, quantised_output=(scale, 7))
    vector = embedded(tmp_path, content, "tiny.tflite", rgb, std=1)
    assert is_near(vector, unit(numbers), 0.02)


@both_kinds
@pytest.mark.parametrize("token", ["first", "mean", 2])
def test_a_token_or_the_mean_of_all_is_the_vector(
    tmp_path: Path, file: str, token: str | int
) -> None:
    tiny, rgb = Tiny(output=(4, 5)), picture()
    vector = embedded(tmp_path, FILES[file](tiny), file, rgb, token=token)
    tokens = tiny.answer(squeezed(rgb))
    wanted = {"first": tokens[0], "mean": tokens.mean(axis=0), 2: tokens[2]}[token]
    assert is_near(vector, unit(wanted))


@both_kinds
@pytest.mark.parametrize(("output", "axis"), [((2, 3, 5), (0, 1)), ((5, 2, 3), (1, 2))])
def test_the_mean_of_all_cells_is_the_vector(
    tmp_path: Path, file: str, output: tuple[int, ...], axis: tuple[int, int]
) -> None:
    tiny, rgb = Tiny(output=output), picture()
    vector = embedded(tmp_path, FILES[file](tiny), file, rgb, token="mean")  # noqa: S106  # no password
    assert is_near(vector, unit(tiny.answer(squeezed(rgb)).mean(axis=axis)))


@both_kinds
def test_cells_without_a_token_are_one_long_vector(tmp_path: Path, file: str) -> None:
    tiny, rgb = Tiny(output=(1, 1, 5)), picture()
    vector = embedded(tmp_path, FILES[file](tiny), file, rgb)
    assert is_near(vector, unit(tiny.answer(squeezed(rgb))))


@pytest.mark.parametrize(("output", "sign"), [("vector", 1), ("second", -1), (1, -1), (0, 1)])
def test_an_output_is_chosen_by_name_or_number(
    tmp_path: Path, output: str | int, sign: int
) -> None:
    tiny, rgb = Tiny(), picture()
    content = onnx_file(tiny, outputs=("vector", "second"))
    vector = embedded(tmp_path, content, "tiny.onnx", rgb, output=output)
    assert is_near(vector, sign * unit(tiny.answer(squeezed(rgb))))


def test_an_output_that_has_no_numbers_is_left_alone_unless_it_is_asked_for(tmp_path: Path) -> None:
    made = onnx.load_from_string(onnx_file(Tiny()))
    made.graph.node.append(onnx.helper.make_node("IsNaN", ["vector"], ["flags"]))
    flags = onnx.helper.make_tensor_value_info("flags", onnx.TensorProto.BOOL, ["n", DIMENSION])
    made.graph.output.append(flags)
    content, rgb = made.SerializeToString(), picture()
    vector = embedded(tmp_path, content, "tiny.onnx", rgb)
    assert is_near(vector, unit(Tiny().answer(squeezed(rgb))))
    said = refusal(tmp_path, content, "tiny.onnx", output="flags")
    assert said == "its output flags has no numbers"


@pytest.mark.parametrize(("height", "width"), [(60, 91), (91, 60), (40, 1000), (13, 13), (5, 9)])
@pytest.mark.parametrize("short_side", [8, 11])
def test_the_middle_is_cut_out_of_a_picture_of_any_shape(
    tmp_path: Path, height: int, width: int, short_side: int
) -> None:
    tiny, rgb = Tiny(input=PLANES), picture(height, width)
    vector = embedded(
        tmp_path, onnx_file(tiny), "tiny.onnx", rgb,
        layout="nchw", fit="crop", short_side=short_side, resize="cubic",
    )  # fmt: skip
    share = short_side / min(height, width)
    shape = max(short_side, int(width * share)), max(short_side, int(height * share))
    whole = np.asarray(Image.fromarray(rgb).resize(shape, Image.Resampling.BICUBIC))
    top, left = (round((length - SIZE) / 2) for length in whole.shape[:2])
    seen = whole[top : top + SIZE, left : left + SIZE].transpose(2, 0, 1)
    tolerance = 1e-5 if max(height, width) <= 4 * min(height, width) else 0.02
    assert is_near(vector, unit(tiny.answer(seen)), tolerance)


@both_kinds
def test_a_network_with_vectors_of_length_1_is_taken_at_its_word(tmp_path: Path, file: str) -> None:
    said = refusal(tmp_path, FILES[file](Tiny()), file, normalise=False)
    assert "of length 1 where `normalise` is false" in said


@both_kinds
@pytest.mark.parametrize(("tiny", "keys", "said"), [
    (Tiny(input=PLANES), {}, "its input is [n, 3, 8, 8], and not [n, 8, 8, 3]"),
    (Tiny(), {"size": 9}, "its input is [n, 8, 8, 3], and not [n, 9, 9, 3]"),
    (Tiny(input=(192,)), {}, "its input is [n, 192], and not"),
    (Tiny(), {"dimension": 6}, "is [1, 5], and its description says 6 numbers"),
    (Tiny(output=(4, 5)), {}, "is [1, 4, 5], and its description says 5 numbers"),
    (Tiny(), {"token": "mean"}, "its output has no tokens: remove `token`"),
    (Tiny(output=(4, 5)), {"token": 4}, "it gives 4 tokens, and `token` is 4"),
    (Tiny(), {"output": 1}, "it has no output 1, only "),
    (Tiny(), {"output": "pooled"}, "it has no output pooled, only "),
    (Tiny(dtype="uint8"), {"std": 1}, "`mean` and `std` are not for it"),
])  # fmt: skip
def test_a_description_that_does_not_fit_is_refused_in_words(
    tmp_path: Path, file: str, tiny: Tiny, keys: dict[str, object], said: str
) -> None:
    assert said in refusal(tmp_path, FILES[file](tiny), file, **keys)


def test_a_network_that_needs_more_than_a_picture_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, onnx_file(Tiny(), inputs=2), "tiny.onnx")
    assert "it has 2 inputs (picture, other1), and only a network with one can be used" in said


@both_kinds
@pytest.mark.parametrize("content", [b"", b"no network", b"TFL3" * 50])
def test_what_is_no_network_is_refused(tmp_path: Path, file: str, content: bytes) -> None:
    assert "cannot read it" in refusal(tmp_path, content, file)


@both_kinds
def test_a_picture_for_which_there_are_no_numbers_has_no_vector(tmp_path: Path, file: str) -> None:
    network = network_of(described(tmp_path, FILES[file](Tiny()), file))
    network.prove(picture())
    black = np.zeros((9, 9, 3), np.uint8)
    with pytest.raises(BadPictureError, match="the model has no answer for it"):
        network.embed(png(black))


@both_kinds
@pytest.mark.parametrize("fit", ["squeeze", "crop"])
def test_every_model_looks_at_further_views(tmp_path: Path, file: str, fit: str) -> None:
    rgb = picture(90, 120)
    network = network_of(described(tmp_path, FILES[file](Tiny()), file, fit=fit))
    found, small = network.look(png(rgb))
    turned = [network.embed(png(np.rot90(small, quarters).copy()))[0] for quarters in range(4)]
    assert len(found) == 4
    assert min(small.shape[:2]) == network.short_side == 2 * SIZE
    for (vector, _), other in zip(found, turned, strict=True):
        assert is_near(FORM.from_bytes(vector), FORM.from_bytes(other), 0.05)
