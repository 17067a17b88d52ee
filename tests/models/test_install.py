"""Putting a model into a folder of models: whole or not at all."""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from imgsimd import durable
from imgsimd.errors import ModelError
from imgsimd.models import model_files
from imgsimd.models.install import describe, install, uninstall, workspace

VALUES: dict[str, str | int] = {
    "description": 'of "quotes" \\ and ünïcode',
    "dimension": 3,
    "size": 224,
    "resize": "linear",
    "precision": "int8",
    "weights": "/home/me/a\nb.h5",
}


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may get longer than 1,000 bytes; a full disk fails in the same call."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def put(folder: Path, content: bytes) -> None:
    with workspace(folder, "toy") as place:
        (place / "toy.tflite").write_bytes(content)
        install(describe(place / "toy.tflite", VALUES), folder)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_an_installed_model_is_found_as_it_was_described(tmp_path: Path) -> None:
    put(tmp_path / "new" / "models", b"network")
    model = model_files.find("toy", tmp_path / "new" / "models")
    assert model.file.read_bytes() == b"network"
    assert {key: getattr(model, key) for key in VALUES} == VALUES
    assert names(model.file.parent) == {"toy.tflite", "toy.toml"}


def test_a_model_that_the_user_has_made_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_text('description = "my own"')
    (tmp_path / "toy.tflite").write_bytes(b"my own")
    with pytest.raises(
        ModelError, match=r"toy\.toml exists already, and imgsimctl has not made it"
    ):
        put(tmp_path, b"new")
    assert (tmp_path / "toy.tflite").read_bytes() == b"my own"
    assert names(tmp_path) == {"toy.toml", "toy.tflite"}


def test_another_build_takes_the_place_of_the_model(tmp_path: Path) -> None:
    put(tmp_path, b"old")
    old = model_files.find("toy", tmp_path)
    put(tmp_path, b"new")
    new = model_files.find("toy", tmp_path)
    assert new.file.read_bytes() == b"new"
    assert new.identity != old.identity


def test_a_full_disk_leaves_the_model_that_was_there(tmp_path: Path, small_disk: None) -> None:
    put(tmp_path, b"old")
    with pytest.raises(ModelError, match=f"toy was not installed, because {tmp_path} cannot be"):
        put(tmp_path, b"new" * 1000)
    assert model_files.find("toy", tmp_path).file.read_bytes() == b"old"
    assert names(tmp_path) == {"toy.tflite", "toy.toml"}


def test_leftovers_of_a_killed_build_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".toy.building" / "saved").mkdir(parents=True)
    (tmp_path / ".toy.building" / "saved" / "half").write_bytes(b"written")
    (tmp_path / ".other.building").mkdir()
    put(tmp_path, b"network")
    assert names(tmp_path) == {"toy.tflite", "toy.toml"}


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("is_new", [True, False])
def test_what_is_left_where_the_power_fails_can_be_removed(
    steps: int, is_new: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_new:
        put(tmp_path, b"old")
    move = durable.move
    with monkeypatch.context() as patch, suppress(OSError, ModelError):
        left = iter([move] * steps)
        patch.setattr(durable, "move", lambda part, file: next(left, _fails)(part, file))
        put(tmp_path, b"network")
    uninstall("toy", tmp_path)
    assert names(tmp_path) == set()


def _fails(part: Path, file: Path) -> None:
    raise OSError(errno.EIO, "the power has failed", str(file))


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    with workspace(tmp_path, "toy") as first:
        with pytest.raises(ModelError, match="Another model is being built"):
            put(tmp_path, b"network")
        assert first.is_dir()
    put(tmp_path, b"network")
