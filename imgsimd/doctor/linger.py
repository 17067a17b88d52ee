"""Whether imgsimd goes on when its user logs out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from imgsimd import access, unit_files
from imgsimd.doctor.result import Result, passed, warned
from imgsimd.doctor.situation import Situation

NAME = "linger"
_LINGERING = Path("/var/lib/systemd/linger")
"""Has a file for each user whose services go on after log-out (loginctl(1))."""
TARGETS = (
    Path("/etc/systemd/system"),
    Path("/usr/lib/systemd/system"),
    Path("/lib/systemd/system"),
)


def check(situation: Situation, lingering: Path = _LINGERING) -> Iterator[Result]:
    """One result."""
    user = access.name_of(situation.user)
    if not os.path.lexists(unit_files.folder() / unit_files.SERVICE):
        yield passed(NAME, "It does not matter: imgsimd is not installed as a user's service.")
    elif (lingering / user).exists():
        yield passed(NAME, f"imgsimd goes on when {user} logs out.")
    elif _has_desktop():
        yield passed(
            NAME,
            f"imgsimd ends when {user} logs out, and starts at the next log-in. `loginctl "
            "enable-linger` would keep it running.",
        )
    else:
        yield warned(
            NAME,
            f"imgsimd ends when {user} logs out, and this machine starts without a desktop.",
            "loginctl enable-linger",
        )


def _has_desktop() -> bool:
    """Whether the machine starts with a graphical log-in (systemd.special(7))."""
    for folder in TARGETS:
        default = folder / "default.target"
        if os.path.lexists(default):
            return os.path.basename(os.path.realpath(default)) == "graphical.target"
    return False
