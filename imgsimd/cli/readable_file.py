"""The file that a user wants to be read by another process."""

from __future__ import annotations

import os
import stat

from imgsimd.client import user_paths
from imgsimd.errors import ConfigError
from imgsimd.words import printable, reason


def readable_file(file: str, else_: str) -> str:
    """Its absolute path. Raises ConfigError before anything is started or stopped for its sake; for
    a pipe, which the other process could not open, and for a device, `else_` says what to do."""
    path = os.path.abspath(user_paths.path(file))
    try:
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise ConfigError(f"{printable(file)} is a pipe or a device: {else_}.")
        with open(path, "rb"):
            return path
    except OSError as error:
        raise ConfigError(f"{printable(file)} cannot be read: {reason(error)}.") from error
