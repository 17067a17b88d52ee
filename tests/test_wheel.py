"""A wheel holds all that imgsimd needs beside its modules."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "imgsimd", "systemd")


def is_wanted(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


@pytest.mark.long
def test_a_wheel_holds_every_file_of_the_package_and_the_units(tmp_path: Path) -> None:
    """Built in a copy, since setuptools leaves files beside the sources."""
    pytest.importorskip("pip", reason="needs pip")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in SOURCES:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "wheel", copy],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if "No matching distribution found for setuptools" in built.stderr:
        pytest.skip("needs a package index for setuptools")
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {str(p.relative_to(ROOT)) for p in (ROOT / "imgsimd").rglob("*") if is_wanted(p)}
    assert expected <= names
    assert {"imgsimd/py.typed", "imgsimd/models/efficientnet-lite0.tflite"} <= expected
    for unit in filter(is_wanted, (ROOT / "systemd").rglob("*")):
        path = f"share/imgsimd/{unit.relative_to(ROOT)}"
        assert [name for name in names if name.endswith(f".data/data/{path}")], path
    assert not [name for name in names if name.startswith("tests/")]
