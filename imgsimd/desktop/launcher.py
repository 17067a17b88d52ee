"""imgsimd among the programs of the desktop, with its icon."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from importlib import resources

from imgsimd.desktop import command_lines
from imgsimd.desktop.entries import ICON, SIMILAR
from imgsimd.desktop.own_file import OwnFile
from imgsimd.desktop.places import Places

# `image/*` and no single types: a program of the user comes before those of the system, so with
# single types a double click on a photo would open imgsimd wherever no viewer has been chosen.
LAUNCHER = """\
[Desktop Entry]
Type=Application
Version=1.0
Name=imgsimd
GenericName=Photo Search
Comment=Find photos that look alike
Keywords=photo;picture;similar;duplicate;
Exec={command}
TryExec={program}
Icon={icon}
Terminal=false
Categories=Graphics;Photography;
MimeType=image/*;
"""
SECONDS = 30.0
"""More than the database of any desktop takes."""


def launcher(places: Places) -> Sequence[OwnFile]:
    """In ~/.local/share/applications, the icon in ~/.local/share/icons."""
    return [_icon(places), _entry(places)]


def _icon(places: Places) -> OwnFile:
    picture = resources.files("imgsimd.desktop").joinpath(f"{ICON}.svg").read_text(encoding="utf-8")
    path = places.data / f"icons/hicolor/scalable/apps/{ICON}.svg"
    return OwnFile(path, picture, comment="<!-- {} -->")


def _entry(places: Places) -> OwnFile:
    command = command_lines.desktop_entry(SIMILAR.command(places.imgsimctl, "%f"))
    program = command_lines.text(str(places.imgsimctl))
    text = LAUNCHER.format(command=command, program=program, icon=ICON)
    return OwnFile(places.data / "applications/imgsimd.desktop", text)


def announce(places: Places) -> None:
    """Lets the desktop know that these have changed."""
    with suppress(OSError):
        os.utime(places.data / "icons/hicolor")  # as xdg-icon-resource does
    if shutil.which("update-desktop-database"):
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                ["update-desktop-database", "-q", places.data / "applications"],  # noqa: S607
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
            )
