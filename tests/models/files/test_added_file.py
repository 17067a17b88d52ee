"""`imgsimctl model add FILE`: a network is installed as it is described, or nothing changes."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from imgsimd.models import trial
from imgsimd.models.files import added_file
from imgsimd.models.files.presets import PRESETS, Preset
from imgsimd.models.model_files import find
from tests.support.odd_networks import BAD, DIMENSION, SIZE, endless, pooled
from tests.support.tiny_networks import Tiny, tflite_file

TEXT = f"""\
size = {SIZE}
dimension = {DIMENSION}
resize = "area"
layout = "nchw"
mean = 0.5
std = [0.25, 0.5, 0.5]
"""
FAMILIES = {preset.name.partition("-")[0]: preset for preset in PRESETS.values()}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A good network with its description beside it."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "small.toml").write_text(TEXT)
    file = tmp_path / "mine" / "small.onnx"
    file.write_bytes(pooled())
    return file


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of models with one in it."""
    (tmp_path / "models").mkdir()
    for suffix in (".tflite", ".toml"):
        (tmp_path / "models" / f"other{suffix}").write_text("other")
    return tmp_path / "models"


def add(source: Path, models: Path, *options: str, name: str = "small") -> int:
    return added_file.main([*options, "--name", name, "--into", str(models), "--", str(source)])


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def refused(source: Path, models: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What is said when nothing is installed, and all files are as they were."""
    before = content(models), content(source.parent)
    assert add(source, models, *options) == 8
    assert (content(models), content(source.parent)) == before
    return capsys.readouterr().err


@pytest.mark.long
def test_a_network_is_copied_and_described(
    source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(source.parent)
    assert add(source, models, name="mine") == 0
    assert content(source.parent) == before, "the user's files stay"
    model = find("mine", models)
    assert model.file.read_bytes() == source.read_bytes()
    assert (model.size, model.dimension, model.mean) == (SIZE, DIMENSION, (0.5, 0.5, 0.5))
    assert model.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert model.weights == str(source)
    said = capsys.readouterr().out
    assert "Drawn pictures are " in said
    assert f"Installed {models / 'mine.onnx'}." in said
    assert "mine is installed already" in _again(source, models, capsys)


def _again(source: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert add(source, models, name="mine") == 8
    return capsys.readouterr().err


@pytest.mark.long
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_network_is_refused_in_words(
    kind: str, source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, said = BAD[kind]
    source.write_bytes(make())
    assert said in refused(source, models, capsys)


@pytest.mark.long
def test_a_network_that_never_ends_is_refused(
    source: Path,
    models: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(trial.SECONDS, "compute", 0.5)
    source.write_bytes(endless())
    assert "it takes longer than 0.5 seconds for one picture" in refused(source, models, capsys)


@pytest.mark.long
@pytest.mark.parametrize("length", [0, 10, 400, 900])
def test_a_truncated_tflite_file_is_refused(
    length: int, source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = source.with_suffix(".tflite")
    file.write_bytes(tflite_file(Tiny(input=(SIZE, SIZE, 3)))[:length])
    assert "imgsimctl: " in refused(file, models, capsys)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("= broken", "small.toml is not valid TOML"),
        ("size = 32", "dimension"),
        (TEXT + "sise = 3", "Did you mean `size`?"),
        (TEXT.replace("32", '"large"'), "`size`"),
        (TEXT + 'file = "other.onnx"', "describes other.onnx, and not small.onnx"),
        (TEXT + f'sha256 = "{"0" * 64}"', "does not have the sha256"),
        ("\0", "not valid TOML"),
    ],
)
def test_a_broken_description_is_refused_in_words(
    text: str, said: str, source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.with_suffix(".toml").write_text(text)
    assert said in refused(source, models, capsys)


def test_what_is_no_file_is_refused(
    source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, said in _strange(source.parent).items():
        before = content(models)
        assert add(source.with_name(name), models) == 8, name
        assert said in capsys.readouterr().err
        assert content(models) == before


def _strange(folder: Path) -> dict[str, str]:
    (folder / "folder.onnx").mkdir()
    os.mkfifo(folder / "pipe.onnx")
    (folder / "nowhere.onnx").symlink_to(folder / "gone")
    (folder / "round.onnx").symlink_to(folder / "round.onnx")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "socket.onnx"))
    with (folder / "large.onnx").open("wb") as file:
        file.truncate(2**31)
    return {
        "folder.onnx": "is a folder, and not a file with a network",
        "pipe.onnx": "is a pipe or a device",
        "nowhere.onnx": "No such file",
        "round.onnx": "cannot be read",
        "socket.onnx": "cannot be read",
        "large.onnx": "is too large",
        "gone.onnx": "No such file",
    }


@pytest.mark.long
def test_a_link_to_a_file_is_followed_and_its_description_lies_beside_the_link(
    source: Path, models: Path
) -> None:
    kept = source.rename(source.with_name("0123abcd"))
    source.symlink_to(kept)
    assert add(source, models) == 0
    assert not (models / "small.onnx").is_symlink()
    assert (models / "small.onnx").read_bytes() == kept.read_bytes()


@pytest.mark.long
def test_without_a_description_one_is_printed_that_can_be_completed(
    source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_bytes(pooled(tokens=True))
    for text in (None, ""):  # a shell makes the file before the command prints
        description = source.with_suffix(".toml")
        description.unlink() if text is None else description.write_text(text)
        before = content(models), content(source.parent)
        assert add(source, models) == 8
        assert (content(models), content(source.parent)) == before
        output = capsys.readouterr()
        assert f"{source} has no description beside it" in output.err
    assert "# What small.onnx takes: pixels float32 [n, 3, 32, 32]\n" in output.out
    assert 'layout = "nchw"\n' in output.out
    assert 'token = "first"  # or "mean"\n' in output.out
    description.write_text(output.out)
    assert add(source, models) == 0
    assert find("small", models).size == SIZE


@pytest.mark.long
@pytest.mark.parametrize("preset", FAMILIES.values(), ids=list(FAMILIES))
def test_a_preset_knows_how_pictures_are_prepared(
    preset: Preset, source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a small network that takes and gives what the real one does."""
    output, token = preset.outputs[-1]
    source.with_suffix(".toml").unlink()
    source.write_bytes(pooled(preset.size, preset.dimension, output, tokens=token is not None))
    assert add(source, models, f"--preset={preset.name}") == 0, capsys.readouterr()
    model = find("small", models)
    assert (model.size, model.dimension, model.layout) == (preset.size, preset.dimension, "nchw")
    assert (model.output, model.token) == (output, token)
    assert (model.mean, model.std) == preset.scaling
    assert (model.fit, model.short_side) == (
        ("crop", preset.short_side) if preset.short_side else ("squeeze", None)
    )


@pytest.mark.long
def test_a_preset_says_that_it_comes_before_the_description_beside_the_file(
    source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preset = next(iter(FAMILIES.values()))
    output, token = preset.outputs[-1]
    source = source.with_suffix(".onnx")
    source.write_bytes(pooled(preset.size, preset.dimension, output, tokens=token is not None))
    beside = source.with_suffix(".toml")
    beside.write_text("size = 1")
    assert add(source, models, f"--preset={preset.name}") == 0
    said = f"{beside} is not used: --preset says how pictures are prepared."
    assert said in capsys.readouterr().out
    assert beside.read_text() == "size = 1"


@pytest.mark.long
@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: pooled(224, 511), "It is not clip-vit-b-32: it gives vector float32 [n, 511]"),
        (lambda: pooled(224, 512, "logits"), "and not vector or image_embeds of 512 numbers"),
        (lambda: pooled(336, 512), "it takes pixels float32 [n, 3, 336, 336]"),
        (BAD["two inputs"][0], "it takes pixels float32 [n, 3, 32, 32]; others float32"),
        (BAD["truncated"][0], "cannot be used: ONNX Runtime cannot read it"),
    ],
)
def test_a_file_that_is_not_of_the_preset_is_refused(
    made: Callable[[], bytes],
    said: str,
    source: Path,
    models: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source.write_bytes(made())
    assert said in refused(source, models, capsys, "--preset=clip-vit-b-32")


def test_the_command_of_a_preset_is_a_program() -> None:
    for preset in PRESETS.values():
        _, program, rest = preset.command.split("'")
        compile(program, preset.name, "exec")
        assert f'"{preset.name}.onnx"' in program
        assert rest == ""


def test_an_unknown_preset_is_refused(
    source: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(source, models, capsys, "--preset=clip-vit-b-3")
    assert "Unknown preset 'clip-vit-b-3'. Did you mean clip-vit-b-32" in said
