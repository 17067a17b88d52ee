"""Where pip has put what imgsimd comes with."""

from __future__ import annotations

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


def pip_folders(kind: str, name: str) -> Iterator[Path]:
    """Where pip may have installed it: for this Python or virtual environment, or for this user.
    The kinds are those of `sysconfig.get_path`."""
    import sysconfig

    for scheme in (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")):
        yield Path(sysconfig.get_path(kind, scheme), name)
