"""Wheels of this version and of others, and environments that they are installed into.

The packages that imgsimd needs are those of the Python that runs the tests.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.patience import LONG_DEADLINE

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "imgsimd", "systemd")
RELEASE_0_2_0 = "7bae5eafb96a269ad2dc1648e8cc66e1b36cfb89"
"""The last commit before the development of what followed 0.2.0; the release has no tag."""


def sources(folder: Path, commit: str = "") -> Path:
    """Copies what a wheel is built of: as it is here now, or as it was at the commit."""
    folder.mkdir(parents=True)
    if commit:
        archived = subprocess.run(
            ["git", "-C", ROOT, "archive", commit, *SOURCES], capture_output=True, check=False
        )
        if archived.returncode != 0:
            pytest.skip(f"needs git and the history of the project: {archived.stderr.decode()}")
        subprocess.run(["tar", "x", "-C", folder], input=archived.stdout, check=True)
    else:
        for name in SOURCES:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, folder / name)
    return folder


def call(folder: Path, version: str) -> None:
    """Gives sources this version."""
    module = folder / "imgsimd/__init__.py"
    module.write_text(re.sub(r'(?<=__version__ = ").*(?=")', version, module.read_text()))


def built(folder: Path, into: Path) -> Path:
    """The wheel that is built of the sources."""
    pytest.importorskip("pip", reason="needs pip")
    done = pip("wheel", "--no-deps", "-w", into, folder.absolute())
    if "No matching distribution found for setuptools" in done.stderr:
        pytest.skip("needs a package index for setuptools")
    assert done.returncode == 0, done.stderr
    return max(into.glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime_ns)


def lacking(wheel: Path, member: str, folder: Path) -> Path:
    """The wheel without this file, which it still lists. It is called as before: in this folder."""
    folder.mkdir()
    with ZipFile(wheel) as whole, ZipFile(folder / wheel.name, "w") as broken:
        for name in whole.namelist():
            if name != member:
                broken.writestr(name, whole.read(name))
    return folder / wheel.name


def pip(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *arguments],
        capture_output=True, text=True, timeout=LONG_DEADLINE, check=False,
    )  # fmt: skip


class Environment:
    """A virtual environment for imgsimd."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        (self.site,) = folder.glob("lib/python*/site-packages")
        paths = {*_with_packages(), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        (self.site / "others.pth").write_text("".join(f"{path}\n" for path in paths))

    def install(self, wheel: Path) -> None:
        """Installs or replaces imgsimd."""
        self._pip("install", "--no-deps", "--no-index", "--force-reinstall", wheel)

    def uninstall(self) -> None:
        self._pip("uninstall", "--yes", "imgsimd")

    def _pip(self, *arguments: str | Path) -> None:
        done = pip("--python", self.bin / "python", *arguments)
        assert done.returncode == 0, done.stderr


def _with_packages() -> list[str]:
    """Folders of packages that are on Python's path by other means."""
    return [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
