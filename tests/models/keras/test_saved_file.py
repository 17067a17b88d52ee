"""What a file of Keras says it holds, and which files are refused before Keras sees them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from imgsimd.models.keras import saved_file
from imgsimd.models.keras.saved_file import RefusedError

NETWORK: dict[str, Any] = {
    "module": "keras.src.models.functional",
    "class_name": "Functional",
    "registered_name": "Functional",
    "config": {"layers": [{"module": "keras.layers", "class_name": "Conv2D", "config": {}}]},
    "compile_config": {"loss": {"module": "mine", "class_name": "Loss", "config": {}}},
}
METADATA = {"keras_version": "3.15.1"}


def saved(folder: Path, config: object = NETWORK, **members: bytes) -> Path:
    """As Keras saves it, with more members."""
    file = folder / "network.keras"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", json.dumps(METADATA))
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        archive.writestr("model.weights.h5", b"weights")
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def saved_before(folder: Path, config: object = NETWORK) -> Path:
    """As Keras saved it before `.keras` was there."""
    file = folder / "network.h5"
    with h5py.File(file, "w") as content:
        content.attrs["model_config"] = json.dumps(config)
        content.attrs["keras_version"] = b"2.12.0"
    return file


def with_layer(layer: dict[str, Any]) -> dict[str, Any]:
    return {**NETWORK, "config": {"layers": [*NETWORK["config"]["layers"], layer]}}


def test_a_network_of_keras_alone_is_taken_whatever_it_was_trained_with(tmp_path: Path) -> None:
    assert saved_file.read(saved(tmp_path)) == saved_file.KerasFile(NETWORK, "3.15.1")
    assert saved_file.read(saved_before(tmp_path)) == saved_file.KerasFile(NETWORK, "2.12.0")


@pytest.mark.parametrize("save", [saved, saved_before])
@pytest.mark.parametrize(
    ("layer", "named"),
    [
        ({"class_name": "Lambda", "module": "keras.layers"}, "a layer Lambda"),
        ({"class_name": "Lambda"}, "a layer Lambda"),
        ({"config": {"activation": {"class_name": "__lambda__"}}}, "a lambda"),
        ({"class_name": "TFSMLayer", "module": "keras.layers"}, "a layer TFSMLayer"),
        ({"class_name": "Mine", "module": "my.code"}, r"my\.code\.Mine"),
        ({"class_name": "Mine", "module": None, "registered_name": "Us>Mine"}, "Us>Mine"),
        ({"class_name": "get_file", "module": "keras.utils"}, r"keras\.utils\.get_file"),
        ({"class_name": "run", "module": "keras.layersx"}, r"keras\.layersx\.run"),
        ({"class_name": "system", "module": "os"}, r"os\.system"),
        ({"class_name": ["Lambda"], "module": "os"}, r"os\.\['Lambda'\]"),
        ({"class_name": "\x1b[1m", "module": "os"}, r"os\.\\x1b\[1m"),
    ],
)  # fmt: skip
def test_a_network_with_code_of_its_own_is_refused(
    save: Callable[[Path, object], Path], layer: dict[str, Any], named: str, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match=f"it has code of its own in it .*{named}"):
        saved_file.read(save(tmp_path, with_layer(layer)))


@pytest.mark.parametrize(
    "name", ["../../.profile", "/etc/passwd", "assets/x", "model.weights.h5/../x", "a\nb"]
)
def test_a_file_that_keras_has_not_put_there_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="there is a file in it that Keras puts into none: "):
        saved_file.read(saved(tmp_path, **{name: b""}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="two files of one name"):
        saved_file.read(saved(tmp_path, **{"config.json": b"{}"}))


@pytest.mark.parametrize("save", [saved, saved_before])
@pytest.mark.parametrize("length", [0, 4, 100, 300])
def test_a_file_that_was_cut_off_is_refused(
    save: Callable[[Path], Path], length: int, tmp_path: Path
) -> None:
    file = save(tmp_path)
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(RefusedError, match="damaged, cut off, or not saved by Keras"):
        saved_file.read(file)


@pytest.mark.parametrize("config", ["", "{", "[" * 100_000, "\0", '{"a": 1}\xff'])
def test_a_description_that_is_no_json_is_refused(config: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="damaged, cut off, or not saved by Keras"):
        saved_file.read(saved(tmp_path, config))


def test_a_file_that_unpacks_to_too_much_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(saved_file, "LARGEST", 100)
    with pytest.raises(RefusedError, match=r"it unpacks to .*; 100 bytes are the most"):
        saved_file.read(saved(tmp_path))


def test_weights_alone_are_refused_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "only.weights.h5"
    with h5py.File(file, "w") as content:
        content["layers"] = [1.0]
    with pytest.raises(RefusedError, match="it holds weights alone, and no network: `imgsimctl"):
        saved_file.read(file)
