"""What a model's TOML file may say, and how each mistake in it is reported."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.errors import ModelError
from imgsimd.models import model_files
from imgsimd.models.model_files import Model, read
from imgsimd.models.recipe import Recipe

PLAIN = f"""
description = "my own"
dimension = 4
size = 224
resize = "linear"
precision = "float32"
weights = "mine"
sha256 = "{"ab" * 32}"
"""


def described(folder: Path, text: str, file: str = "mine.tflite") -> Model:
    (folder / file).touch()
    (folder / "mine.toml").write_text(text)
    return read(folder / "mine.toml")


def test_what_is_left_out_is_as_it_always_was(tmp_path: Path) -> None:
    model = described(tmp_path, PLAIN)
    assert model.file == tmp_path / "mine.tflite"
    assert (model.fit, model.colours, model.layout) == ("squeeze", "rgb", "nhwc")
    assert (model.mean, model.std, model.output, model.token) == (None, None, 0, None)
    assert (model.normalise, model.stored_as) == (True, "float32")


def test_every_key_can_be_written(tmp_path: Path) -> None:
    text = PLAIN.replace("linear", "cubic") + (
        'file = "net.onnx"\nfit = "crop"\nshort_side = 256\ncolours = "bgr"\nlayout = "nchw"\n'
        'mean = [0.485, 0.456, 0.406]\nstd = 0.5\noutput = "hidden"\ntoken = "first"\n'
        'normalise = false\nstored_as = "int8"\nweak_distance = 1\nburst_distance = 0.5\n'
        "copy_distance = 0.8\nsimilar_distance = 0.4\n"
    )
    model = described(tmp_path, text, "net.onnx")
    assert model.file == tmp_path / "net.onnx"
    assert (model.resize, model.shown_side, model.colours) == ("cubic", 256, "bgr")
    assert (model.mean, model.std) == ((0.485, 0.456, 0.406), (0.5, 0.5, 0.5))
    assert (model.output, model.token, model.normalise) == ("hidden", "first", False)
    assert (model.stored_as, model.weak_distance) == ("int8", 1.0)


def test_a_mean_alone_divides_by_nothing_and_a_divisor_alone_takes_nothing_away(
    tmp_path: Path,
) -> None:
    assert described(tmp_path, PLAIN + "mean = 0.5").std == (1, 1, 1)
    assert described(tmp_path, PLAIN + "std = 1").mean == (0, 0, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("norm = true", "`norm` is not a key of a model. Did you mean `normalise`?"),
        ("zebra = 1", "`zebra` is not a key of a model. Remove it."),
        ('"\\u001b[31m" = 1', r"`\x1b[31m` is not a key of a model. Remove it."),
        ('fit = "pad"', '`fit` must be "squeeze" or "crop".'),
        ('colours = "RGB"', '`colours` must be "rgb" or "bgr".'),
        ("layout = 1", '`layout` must be "nhwc" or "nchw".'),
        ("normalise = 1", "`normalise` must be true or false."),
        ('stored_as = "int4"', '`stored_as` must be "float32" or "int8".'),
        ('short_side = 256\nfit = "squeeze"', '`short_side` is for `fit = "crop"` alone'),
        ('short_side = 100\nfit = "crop"', "`short_side` must be `size` or more: 224."),
        ('short_side = 2.5\nfit = "crop"', "`short_side` must be a whole number."),
        ("mean = [0.5, 0.5]", "`mean`: must be a number, or a list of three"),
        ("mean = 123.7", "`mean`: must be from 0 to 1"),
        ("mean = nan", "toml: `mean` must be a number. README"),
        ("mean = true", "`mean`: must be a number"),
        ("std = [0.2, 0, 0.2]", "`std`: must be more than 0"),
        ("output = -1", "`output`: must be a name in quotes, or a number from 0 on."),
        ("output = true", "`output`: must be a name in quotes"),
        ('token = "last"', '`token`: must be "first" or "mean", or a number from 0 on.'),
        ('file = "../other.tflite"', "`file`: must be the name of a file in the same folder."),
        ('file = "/etc/passwd"', "`file`: must be the name of a file in the same folder."),
        ('file = "net.pt"', "`file`: must be a name that ends in .tflite or .onnx."),
        ('file = ""', "`file`: must be a name that ends in"),
        ("weak_distance = 2.5", "`weak_distance` must be 2 or less."),
        ("burst_distance = -1", "`burst_distance` must be 0 or more."),
        ("copy_distance = inf", "`copy_distance` must be a number."),
    ],
)
def test_a_wrong_key_or_value_is_named_with_what_it_must_be(
    tmp_path: Path, line: str, said: str
) -> None:
    with pytest.raises(ModelError) as error:
        described(tmp_path, PLAIN + line)
    assert str(error.value).startswith(f"{tmp_path}/mine.toml: ")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("line", "other", "said"),
    [
        ("dimension = 4", "", "`dimension` is missing."),
        ("dimension = 4", "dimension = 0", "`dimension` must be 1 or more."),
        ("dimension = 4", "dimension = 16385", "`dimension` must be 16384 or less."),
        ("dimension = 4", 'dimension = "4"', "`dimension` must be a whole number."),
        ("size = 224", "size = true", "`size` must be a whole number."),
        ("size = 224", "size = 100000", "`size` must be 4096 or less."),
        ('resize = "linear"', 'resize = "box"', '`resize` must be "area", "linear" or "cubic".'),
        ('weights = "mine"', "weights = 1", "`weights` must be text in quotes."),
        ("ab" * 32, "abc", "`sha256` must be 64 hexadecimal digits"),
    ],
)
def test_the_keys_that_must_be_there_are_checked_too(
    tmp_path: Path, line: str, other: str, said: str
) -> None:
    with pytest.raises(ModelError) as error:
        described(tmp_path, PLAIN.replace(line, other))
    assert said in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"(?s)`size` is missing.*`fit` must be"):
        described(tmp_path, PLAIN.replace("size = 224", "") + "fit = 0")


@pytest.mark.parametrize("content", [b"size = ", b"\xff", b"a = " + b"[" * 100_000, b"[a]\n[a]\n"])
def test_what_is_no_toml_is_reported_with_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(ModelError, match=r"mine\.toml"):
        read(tmp_path / "mine.toml")


def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    (tmp_path / "long.toml").write_bytes(b"#" * 2**21)
    for name, said in {"pipe": "a pipe", "endless": "a device", "long": "at most 1.0 MB"}.items():
        with pytest.raises(ModelError, match=rf"{name}\.toml is no .*{said}"):
            read(tmp_path / f"{name}.toml")


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PLAIN + 'file = "net.onnx"')
    with pytest.raises(ModelError, match=r"net\.onnx is missing.*mine\.toml.*correct `file`"):
        read(tmp_path / "mine.toml")


def test_a_file_for_another_runtime_is_pointed_to(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r'mine\.tflite is missing.*write `file = "mine\.onnx"`'):
        described(tmp_path, PLAIN, "mine.onnx")


def test_what_a_caller_knows_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").touch()
    (tmp_path / "net.toml").write_text('size = 64\ndimension = 8\nresize = "area"')
    known = {"precision": "float32", "weights": "w", "description": "d", "sha256": "0" * 64}
    assert read(tmp_path / "net.toml", {**known, "file": "net.onnx"}).precision == "float32"


@pytest.mark.parametrize(
    "identity",
    [
        "efficientnet-lite0/int8/7ee12808b704/2",
        "efficientnet-lite0-rmac/int8/f2aad725ba84/2/04e78739",
    ],
)
def test_the_built_in_models_keep_their_identities(identity: str) -> None:
    """Or every gallery would be embedded anew."""
    model = model_files.find(identity.split("/")[0], model_files.BUILT_IN)
    assert model.identity == identity


@pytest.mark.parametrize("line", ["", 'file = "mine.tflite"', 'fit = "squeeze"', "output = 0"])
def test_a_model_from_before_keeps_its_identity(tmp_path: Path, line: str) -> None:
    assert described(tmp_path, PLAIN + line).identity == "mine/float32/abababababab/2"


CHANGES: list[dict[str, object]] = [
    {"fit": "crop"}, {"fit": "crop", "short_side": 300}, {"resize": "cubic"}, {"colours": "bgr"},
    {"layout": "nchw"}, {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}, {"output": 1},
    {"output": "1"}, {"token": 0}, {"token": "mean"}, {"stored_as": "int8"},
    {"fit": "crop", "size": 200, "short_side": 224}, {"fit": "crop", "resize": "area"},
]  # fmt: skip


def test_whatever_changes_vectors_is_in_the_identity(tmp_path: Path) -> None:
    model = described(tmp_path, PLAIN)
    others = [replace(model, **change) for change in CHANGES]  # type: ignore[arg-type]  # of each kind
    identities = [model.identity, *(other.identity for other in others)]
    assert len(set(identities)) == len(identities)


def test_what_changes_no_vector_is_not(tmp_path: Path) -> None:
    crop = described(tmp_path, PLAIN + 'fit = "crop"')
    same = described(tmp_path, PLAIN + 'fit = "crop"\nshort_side = 224\nnormalise = false\n')
    assert same.identity == replace(crop, weak_distance=1.0).identity == crop.identity


def test_a_recipe_needs_no_more_than_sizes() -> None:
    assert Recipe(dimension=1, size=1, resize="area").shown_side == 1
