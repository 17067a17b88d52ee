"""Which models can be used: what a description says, and what becomes of a broken one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.errors import ModelError
from imgsimd.models import model_files
from imgsimd.models.model_files import BUILT_IN

NAME = "efficientnet-lite0"
NAMES = ["efficientnet-lite0-rmac", NAME]


def add(folder: Path, name: str) -> Path:
    """A model of the user's own, the built-in one under another name."""
    shutil.copy(BUILT_IN / f"{NAME}.tflite", folder / f"{name}.tflite")
    return Path(shutil.copy(BUILT_IN / f"{NAME}.toml", folder / f"{name}.toml"))


def test_a_file_with_a_description_beside_it_is_a_model(tmp_path: Path) -> None:
    add(tmp_path, "mine")
    assert [model.name for model in model_files.available(tmp_path)] == [*NAMES, "mine"]
    assert model_files.find("mine", tmp_path).dimension == 256


def test_an_unknown_name_is_an_error_that_names_the_others(tmp_path: Path) -> None:
    add(tmp_path, "mine")
    with pytest.raises(ModelError, match=f"{NAME}, mine"):
        model_files.find("other", tmp_path)


@pytest.mark.parametrize("text", ["= 1", "dimension = 4", "\0", None])
def test_a_broken_model_is_an_error_only_when_it_is_asked_for(
    tmp_path: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    description = add(tmp_path, "mine")
    if text is None:
        (tmp_path / "mine.tflite").unlink()
    else:
        description.write_text(text)
    assert [model.name for model in model_files.available(tmp_path)] == NAMES
    assert "mine" in caplog.text
    with pytest.raises(ModelError, match="mine"):
        model_files.find("mine", tmp_path)


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"precision": "float32"}, {"name": "x"}])
def test_whatever_changes_vectors_changes_the_identity(change: dict[str, str]) -> None:
    model = model_files.find(NAME, BUILT_IN)
    assert replace(model, **change).identity != model.identity  # type: ignore[arg-type]  # all are text
