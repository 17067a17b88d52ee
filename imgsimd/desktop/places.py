"""Where the programs of a desktop look for what a user has added."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from imgsimd.locations import xdg


@dataclass(frozen=True, slots=True)
class Places:
    """The base directories of a user (XDG Base Directory Specification 0.8), and the command that
    the entries run."""

    data: Path
    config: Path
    system_config: tuple[Path, ...]
    """Those of all users, the most important first."""
    imgsimctl: Path
    """An absolute path, for desktops do not have the PATH of a shell."""


def find(imgsimctl: Path, environ: Mapping[str, str] = os.environ) -> Places:
    """The places of this user. Raises ConfigError if the home directory is needed and unknown."""
    listed = environ.get("XDG_CONFIG_DIRS", "") or "/etc/xdg"
    return Places(
        data=xdg(environ, "XDG_DATA_HOME", "~/.local/share"),
        config=xdg(environ, "XDG_CONFIG_HOME", "~/.config"),
        system_config=tuple(Path(each) for each in listed.split(":") if each.startswith("/")),
        imgsimctl=imgsimctl,
    )
