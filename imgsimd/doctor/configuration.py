"""Whether the configuration can be used."""

from __future__ import annotations

import os
from collections.abc import Iterator

from imgsimd import config
from imgsimd.doctor import remedy
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.errors import ConfigError
from imgsimd.words import counted

NAME = "configuration"


def check(situation: Situation) -> Iterator[Result]:
    """One result."""
    yield _of_file(situation)


def _of_file(situation: Situation) -> Result:
    file = situation.where.config
    try:
        settings = config.load(file)
    except ConfigError as error:
        return failed(NAME, remedy.without(str(error)), remedy.editing(situation))
    if situation.fault:
        return failed(NAME, situation.fault, _mending_places(situation))
    if settings.notes:
        return warned(NAME, f"{file}: {settings.notes[0]}", remedy.editing(situation))
    if not settings.roots:
        what = f"{file} names no folder to watch" if file.exists() else f"There is no {file} yet"
        return warned(NAME, f"{what}, so nothing is indexed.", "imgsimctl up ~/Pictures")
    return passed(NAME, f"{file} is valid, and names {counted(len(settings.roots), 'folder')}.")


def _mending_places(situation: Situation) -> str:
    """What is wrong with the places is in a variable, or in the file."""
    if "IMGSIMD_SOCKET" in situation.fault and os.environ.get("IMGSIMD_SOCKET"):
        return "unset IMGSIMD_SOCKET"
    return remedy.editing(situation)
