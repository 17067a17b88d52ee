"""Where pip, or uv or pipx, has put what imgsimd comes with, and how to add to it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from imgsimd.errors import ConfigError


def script(name: str) -> Path:
    """The command, as an absolute path, that was installed together with this one.

    Raises ConfigError if it is missing.
    """
    beside = Path(sys.executable).with_name(name)
    for found in (beside, *pip_folders("scripts", name)):
        if found.is_file():
            return found.absolute()
    raise ConfigError(f"The program {beside} is missing: install imgsimd again.")


def adding(packages: str) -> str:
    """The command that adds packages, with spaces between their names, to the environment that
    imgsimd runs in.

    A plain `pip install` adds them to another one where uv or pipx has made it. Each has pip:
    sqlite-utils requires it.
    """
    return shlex.join([sys.executable, "-m", "pip", "install", *packages.split()])


def pip_folders(kind: str, name: str) -> Iterator[Path]:
    """Where pip may have installed it: for this Python or virtual environment, or for this user.
    The kinds are those of `sysconfig.get_path`."""
    import sysconfig

    for scheme in (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")):
        yield Path(sysconfig.get_path(kind, scheme), name)
