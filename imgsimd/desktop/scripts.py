"""Scripts of Nautilus and Caja, in the menu Scripts.

Each tells what is selected in the environment, one address or path a line. Addresses are used, for
in them a name with a line break is one line.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from imgsimd.desktop.entries import DUPLICATES, SIMILAR
from imgsimd.desktop.own_file import OwnFile
from imgsimd.desktop.places import Places

HEAD = "#!/bin/sh\n"
TEXT = """\
line_break='
'
address=${{{prefix}_SCRIPT_SELECTED_URIS%%"$line_break"*}}
"""
SHOW_SIMILAR = """\
if [ -n "$address" ]; then
  exec {imgsimctl} browse -- "$address"
fi
exec {imgsimctl} browse
"""
SHOW_DUPLICATES = """\
path=${{{prefix}_SCRIPT_SELECTED_FILE_PATHS%%"$line_break"*}}
if [ -z "$address" ] || [ -f "$path" ]; then
  address=${prefix}_SCRIPT_CURRENT_URI
fi
exec {imgsimctl} browse -- "$address"
"""


def nautilus(places: Places) -> Sequence[OwnFile]:
    """In ~/.local/share/nautilus/scripts."""
    return _scripts("NAUTILUS", places.data / "nautilus/scripts", places)


def caja(places: Places) -> Sequence[OwnFile]:
    """In ~/.config/caja/scripts."""
    return _scripts("CAJA", places.config / "caja/scripts", places)


def _scripts(prefix: str, folder: Path, places: Places) -> Sequence[OwnFile]:
    imgsimctl = shlex.quote(str(places.imgsimctl))
    return [
        OwnFile(
            folder / entry.name,
            (TEXT + end).format(prefix=prefix, imgsimctl=imgsimctl),
            HEAD,
            is_executable=True,
        )
        for entry, end in ((SIMILAR, SHOW_SIMILAR), (DUPLICATES, SHOW_DUPLICATES))
    ]
