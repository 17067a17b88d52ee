"""What doctor says of broken files of imgsimd's own, and whether its remedies work."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from imgsimd.config import DEFAULT_MODEL
from imgsimd.models import model_files
from tests.support import tiny_networks
from tests.support.diagnosis import contents, mend, wrong
from tests.support.household import WITHOUT, Household, until
from tests.support.tiny_networks import Tiny

pytestmark = pytest.mark.long

BUILT_IN = DEFAULT_MODEL


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("roots = [\n", "is not valid TOML"),
        ("rots = []\n", "`rots` is not a setting. Did you mean `roots`?"),
        ('roots = ["~/Pictures"]\nmodel = 3\n', "`model` must be text in quotes."),
        ('state_dir = "here"\n', "`state_dir` must be an absolute path"),
        (f'socket = "/{"long" * 30}"\n', "is longer than the 107 bytes that Linux allows"),
    ],
)
def test_a_bad_configuration_is_opened_in_the_editor(
    home: Household, text: str, sentence: str
) -> None:
    good = home.config.read_text()
    home.config.write_text(text)
    found = wrong(home, 16)
    assert set(found) <= {"configuration", "socket", "disk"}
    assert sentence in found["configuration"]["sentence"]
    editor = home.folder / "editor"
    editor.write_text(f"#!/bin/sh\ncat > \"$1\" <<'END'\n{good}\nEND\n")
    editor.chmod(0o755)
    mend(home, found["configuration"], {"EDITOR": str(editor)})
    assert set(wrong(home, 16)) == {"socket"}


def test_a_configuration_that_the_daemon_refuses_is_told_while_it_runs(home: Household) -> None:
    home.start()
    home.config.write_text("roots = [\n")
    assert home.ctl("reload").returncode == 9
    found = wrong(home, 16)
    assert set(found) == {"configuration", "problems"}
    assert found["problems"]["remedy"] == f"${{EDITOR:-vi}} {home.config} && imgsimctl reload"


def test_a_truncated_model_is_told_and_the_built_in_one_tried_instead(home: Household) -> None:
    models = home.state / "models"
    models.mkdir(parents=True)
    shutil.copyfile(model_files.BUILT_IN / f"{BUILT_IN}.toml", models / "own.toml")
    content = (model_files.BUILT_IN / f"{BUILT_IN}.tflite").read_bytes()
    (models / "own.tflite").write_bytes(content[:100_000])
    home.configure('model = "own"')
    found = wrong(home, 16)
    assert set(found) == {"socket", "model"}
    assert f"{models}/own.tflite is damaged" in found["model"]["sentence"]
    mend(home, found["model"])
    assert set(wrong(home, 16)) == {"socket"}
    assert f'model = "{BUILT_IN}"' in home.config.read_text()


def test_an_onnx_model_that_is_damaged_gone_or_lacks_its_package_is_told(home: Household) -> None:
    models = home.state / "models"
    models.mkdir(parents=True)
    file = tiny_networks.described(models, tiny_networks.onnx_file(Tiny()), "own.onnx").file
    home.configure('model = "own"')
    assert set(wrong(home, 16)) == {"socket"}
    found = wrong(home, 16, {"PYTHONPATH": str(WITHOUT), "WITHOUT": "onnxruntime"})
    assert set(found) == {"socket", "model"}
    assert "own cannot be used, because it needs onnxruntime" in found["model"]["sentence"]
    assert "pip install onnxruntime" in found["model"]["remedy"]
    os.truncate(file, 100)
    assert f"{file} is damaged" in wrong(home, 16)["model"]["sentence"]
    file.unlink()
    assert f"The model file {file} is missing" in wrong(home, 16)["model"]["sentence"]


def test_a_truncated_built_in_model_is_told_with_all_that_needs_it(
    home: Household, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(Path(model_files.BUILT_IN).parent, copy / "imgsimd")
    os.truncate(copy / f"imgsimd/models/{BUILT_IN}.tflite", 1000)
    found = wrong(home, 16, {"PYTHONPATH": str(copy)})
    assert set(found) == {"socket", "model", "worker", "formats"}
    assert {found[each]["remedy"] for each in ("model", "worker", "formats")} == {
        "unset PYTHONPATH"
    }


@pytest.mark.parametrize(
    ("module", "code", "names", "sentence"),
    [
        ("faiss", "import ctypes; ctypes.string_at(0)", {"libraries"}, "SIGSEGV"),
        ("typer", "1/0", {"libraries"}, "ZeroDivisionError: division by zero"),
        ("cv2", "raise OSError('no')", {"libraries", "worker", "formats"}, "OSError: no"),
        (
            "pydantic",
            "raise ImportError('no')",
            {"configuration", "disk", "inotify_watches", "model", "store", "worker", "libraries"},
            "pydantic does not work",
        ),
        ("_pi_heif", "raise ImportError('no')", {"formats"}, "HEIC cannot be read"),
    ],
)
def test_a_broken_library_is_a_failed_check_and_not_the_end(
    home: Household, tmp_path: Path, module: str, code: str, names: set[str], sentence: str
) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    (planted / f"{module}.py").write_text(code)
    found = wrong(home, 16, {"PYTHONPATH": str(planted)})
    assert set(found) == {"socket"} | names
    assert any(sentence in found[name]["sentence"] for name in names)
    assert {found[name]["remedy"] for name in names} == {"unset PYTHONPATH"}


def test_a_damaged_database_is_told_and_the_start_keeps_what_can_be_read(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "a.jpg")
    home.state.mkdir(parents=True)
    (home.state / "gallery.db").write_bytes(os.urandom(20_000))
    before = contents(home.state)
    found = wrong(home, 16)
    assert set(found) == {"socket", "database"}
    assert "is damaged: file is not a database" in found["database"]["sentence"]
    assert contents(home.state) == before
    mend(home, found["database"])
    found = wrong(home, 0)
    assert set(found) == {"problems"}
    mend(home, found["problems"])
    assert wrong(home, 0) == {}
    assert [file.name for file in home.state.glob("gallery.db.*")] == []
    home.ctl("down")


def test_a_database_of_a_newer_version_is_told_and_untouched(home: Household) -> None:
    home.state.mkdir(parents=True)
    with closing(sqlite3.connect(home.state / "gallery.db")) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = contents(home.state)
    found = wrong(home, 16)
    assert set(found) == {"socket", "database"}
    assert "written by a newer imgsimd (version 999" in found["database"]["sentence"]
    assert contents(home.state) == before


def test_a_daemon_of_another_version_is_started_again(home: Household, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.mkdir()
    (older / "sitecustomize.py").write_text('import imgsimd\nimgsimd.__version__ = "0.1.0"\n')
    home.start(PYTHONPATH=str(older))
    found = wrong(home, 0)
    assert set(found) == {"versions"}
    assert "The daemon is version 0.1.0" in found["versions"]["sentence"]
    home.configure()
    mend(home, found["versions"])
    assert wrong(home, 0) == {}
    home.ctl("down")
    assert home.process
    until(lambda: home.process and home.process.poll() is not None)
