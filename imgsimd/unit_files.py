"""The systemd units of one user: what they say with the paths of this machine, and whose."""

from __future__ import annotations

import os
from pathlib import Path

from imgsimd import installed, locations
from imgsimd.errors import ConfigError
from imgsimd.locations import Locations
from imgsimd.sealed import is_sealed, sealed

SERVICE, SOCKET = "imgsimd.service", "imgsimd.socket"
UNSEALED = ("# One user's gallery. `imgsimctl", "# The control socket of one user.")
"""The beginnings of units that earlier versions wrote."""
NAMESPACES = "# Hardening: namespaces."
"""In the template, begins the part that not every kernel allows users; it ends at [Install]."""


def folder() -> Path:
    """The folder of the user's own units (systemd.unit(5))."""
    return locations.xdg(os.environ, "XDG_CONFIG_HOME", "~/.config") / "systemd/user"


def texts(where: Locations, with_namespaces: bool) -> dict[str, str]:
    """The whole of each unit, by its name, as it is written for a daemon with these places.

    Raises ConfigError where a path cannot be written in a unit, or imgsimd is not installed
    completely.
    """
    values = {
        "%h/.local/bin/imgsimd": installed.script("imgsimd"),
        "%h/.local/state/imgsimd": where.state,
        "%E/imgsimd/config.toml": where.config,
        "%t/imgsimd/control.sock": where.socket,
    }
    return {name: sealed(_filled(name, values, with_namespaces)) for name in (SERVICE, SOCKET)}


def is_ours(unit: Path) -> bool:
    """Whether it may be replaced or removed: it is absent, or as we wrote it."""
    if not os.path.lexists(unit):
        return True
    if unit.is_symlink():  # to nothing, where the unit is masked
        return False
    text = unit.read_text(encoding="utf-8", errors="replace")
    return is_sealed(text) or text.startswith(UNSEALED)


def namespaces() -> list[str]:
    """The settings that need namespaces, as `systemd-run --property` takes them, but for those that
    name a path. Raises ConfigError if imgsimd is not installed completely."""
    _, group, _ = _around_namespaces((_templates() / SERVICE).read_text(encoding="utf-8"))
    lines = (line for line in group.splitlines() if line[:1] not in ("", "#"))
    return [line for line in lines if '"' not in line]


def _filled(name: str, values: dict[str, Path], with_namespaces: bool) -> str:
    text = (_templates() / name).read_text(encoding="utf-8")
    if not with_namespaces:
        text = _without_namespaces(text)
    for default, path in values.items():
        text = text.replace(default, _escaped(path))
    return text


def _without_namespaces(text: str) -> str:
    before, _, after = _around_namespaces(text)
    return before + after


def _around_namespaces(text: str) -> tuple[str, str, str]:
    """What stands before the part with namespaces, in it, and from [Install] on; all is before it
    where there is no such part."""
    before, begin, rest = text.partition(NAMESPACES)
    group, install, after = rest.partition("\n[Install]\n")
    return before, begin + group, (install + after).removeprefix("\n")


def _escaped(path: Path) -> str:
    """The path as written in quotes, and without them in ListenStream= (systemd.syntax(7),
    systemd.unit(5)).

    Raises ConfigError if systemd would not accept it as the path of a program.
    """
    text = str(path)
    if not text.isprintable() or set(text) & set("\"'\\"):
        raise ConfigError(
            f"systemd cannot use the path '{text}', because of its quotes, backslashes or "
            "unprintable characters: use another place for it, or `imgsimctl up` without systemd."
        )
    return text.replace("%", "%%")


def _templates() -> Path:
    """The folder of the shipped user units: in the checkout, else where pip has put them."""
    checkout = Path(__file__).resolve().parents[1] / "systemd/user"
    for folder in (checkout, *installed.pip_folders("data", "share/imgsimd/systemd/user")):
        if (folder / SERVICE).is_file():
            return folder
    raise ConfigError("The unit files that imgsimd comes with are missing: install it again.")
