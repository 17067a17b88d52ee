"""A home with the traces of every file manager, and what they would do with our entries."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from configparser import RawConfigParser
from pathlib import Path

from imgsimd.desktop.places import Places

STAND_IN = """#!/bin/sh
printf '%s\\0' "$@" '' >> "$(dirname "$0")/said"
"""
TRACES = (
    ".local/share/nautilus", ".local/share/nemo", ".config/caja", ".config/dolphinrc",
    ".config/Thunar", ".config/pcmanfm-qt",
)  # fmt: skip
_ESCAPES = {r"\\": "\\", r"\n": "\n", r"\t": "\t", r"\r": "\r", r"\s": " "}


def places(folder: Path, name: str = "imgsimctl") -> Places:
    """Where a user's files are below this folder, with a stand-in of imgsimctl of that name."""
    command = folder / "bin" / name
    command.parent.mkdir(parents=True, exist_ok=True)
    command.write_text(STAND_IN)
    command.chmod(0o755)
    for trace in TRACES:
        (folder / trace).mkdir(parents=True, exist_ok=True)
    return Places(folder / ".local/share", folder / ".config", (folder / "etc",), command)


def groups(file: Path) -> RawConfigParser:
    """A key file (Desktop Entry Specification 1.5), with its values as they are written."""
    found = RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
    found.optionxform = str  # type: ignore[assignment, method-assign]  # as its documentation says
    found.read_string(file.read_text())
    return found


def value(written: str) -> str:
    r"""A value of the type string: `\\` and the like stand for a character."""
    return re.sub(r"\\.", lambda escape: _ESCAPES[escape[0]], written)


def run(places: Places, command: str, files: Sequence[bytes]) -> list[list[bytes]]:
    """Runs a command for each file as file managers do, with a shell's word for the field code;
    returns the words that imgsimctl got each time."""
    lines = []
    for file in files:
        codes = {"%%": "%"} | dict.fromkeys(("%f", "%F"), shlex.quote(os.fsdecode(file)))
        pieces = re.split("(%.)", command)
        lines.append("".join(codes.get(piece, piece) for piece in pieces))
    return said(places, ["sh", "-ec", "\n".join(lines)])


def said(
    places: Places, words: Sequence[str], environ: Mapping[bytes, bytes] | None = None
) -> list[list[bytes]]:
    """Runs this; returns the words that imgsimctl got each time."""
    file = places.imgsimctl.parent / "said"
    file.unlink(missing_ok=True)
    subprocess.run(words, env=environ, check=True)
    return [each.split(b"\0") for each in file.read_bytes().split(b"\0\0")[:-1]]
