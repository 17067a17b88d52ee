"""An ordinary user, as installers meet one: no rights, an empty home, and an ordinary PATH."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import pytest

from tests.support.patience import LONG_DEADLINE
from tests.support.requires import IS_ROOT


class _Identity(TypedDict, total=False):
    """As `subprocess` takes it."""

    user: int
    group: int
    extra_groups: list[int]


ROOT = Path(__file__).parents[2]
SHIPPED = (
    *(".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md"),
    *("imgsimd", "pyproject.toml", "systemd", "tests"),
)
"""What a checkout holds."""
NOBODY = pwd.getpwnam("nobody") if IS_ROOT else None
_IDENTITY: _Identity = (
    {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []} if NOBODY else {}
)
PASSED_ON = ("PIP_", "UV_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""The beginnings of environment variables that lead installers to the package index."""


class OrdinaryUser:
    """`nobody` if root runs the tests, else who runs them."""

    def __init__(self, place: Path) -> None:
        """`place`: a folder that this user can reach, for the home and all that is made."""
        self.place = place
        self.home = place / "home"
        self.programs = place / "programs"
        """On the PATH, after ~/.local/bin and before those of the system."""
        self.checkout = place / "checkout"
        self.more_environ: dict[str, str] = {}
        """Environment variables, until the next home."""
        for folder in (self.home, self.programs, self.checkout):
            folder.mkdir()
            _give(folder)

    def new_home(self, name: str) -> None:
        """From now on, lives in another, empty home."""
        self.home = self.place / name
        self.home.mkdir()
        _give(self.home)
        self.more_environ = {}

    def check_out(self) -> None:
        """Copies what is shipped to `checkout`. It is root's, and the user can only read it."""
        for name in SHIPPED:
            source, target = ROOT / name, self.checkout / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, target)
        subprocess.run(["chmod", "-R", "a+rX", self.checkout], check=True)

    def run(self, *command: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs the command in the checkout. Fails the test if it ends with another code."""
        done = self._ended(*command)
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    @property
    def environ(self) -> dict[str, str]:
        """Nothing of our own environment but the way to the package index."""
        kept = {
            name: text for name, text in os.environ.items() if name.upper().startswith(PASSED_ON)
        }
        folders = (self.home / ".local/bin", self.programs, "/usr/local/bin", "/usr/bin", "/bin")
        return (
            kept
            | self.more_environ
            | {
                "HOME": str(self.home),
                "PATH": ":".join(map(str, folders)),
                "LANG": "C.UTF-8",
                "PIP_CACHE_DIR": str(self.place / "pip-cache"),
                "PIP_COMPILE": "0",  # what is imported is compiled then; the rest never
                "UV_CACHE_DIR": str(self.place / "uv-cache"),
                "UV_PYTHON_DOWNLOADS": "never",
            }
        )

    def get_installers(self) -> None:
        """Puts uv and pipx on the PATH. Skips the test where they cannot be had."""
        tools = self.place / "tools"
        if self._fails("python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
            pytest.skip("needs Python 3.11 or newer as python3 on an ordinary PATH")
        if self._fails("python3", "-m", "venv", tools):
            pytest.skip("needs Python's venv with pip (python3-venv)")
        if self._fails(tools / "bin/pip", "install", "--quiet", "uv", "pipx"):
            pytest.skip("needs a package index")
        for name in ("uv", "pipx"):
            (self.programs / name).symlink_to(tools / "bin" / name)

    def _fails(self, *command: str | Path) -> bool:
        return self._ended(*command).returncode != 0

    def _ended(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environ, cwd=self.checkout, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=LONG_DEADLINE, **_IDENTITY,
        )  # fmt: skip


def _give(folder: Path) -> None:
    if NOBODY:
        os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)


@contextmanager
def ordinary_user() -> Iterator[OrdinaryUser]:
    """A user in a place that is removed at the end. pytest's own folders are root's alone."""
    with tempfile.TemporaryDirectory(prefix="imgsimd-user-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        user = OrdinaryUser(place)
        _give(place)
        yield user
