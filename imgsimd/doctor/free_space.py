"""Whether there is room for the state, and for temporary files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from imgsimd.doctor import remedy
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.words import of_bytes

NAME = "free_space"
NO_ROOM, LITTLE_ROOM = 50 * 10**6, 500 * 10**6
"""Bytes. A thousand new photos take about 2 MB of the database and as much of its log; but SQLite
fails as soon as there is nothing left."""
FOR_TEMPORARY_FILES = 10**6
"""A page with matches, or a report, has some hundred kilobytes."""


def check(situation: Situation) -> Iterator[Result]:
    """One result for the state, one for temporary files."""
    yield _of_state(_there(situation.where.state))
    yield _of_temporary_files()


def _of_state(folder: Path) -> Result:
    free, inodes = _free(folder)
    left = f"{of_bytes(free)} are free on the disk of the state directory"
    if inodes == 0:
        return failed(
            NAME, f"The disk of {folder} can take no more files.", remedy.freeing(str(folder))
        )
    if free < NO_ROOM:
        return failed(NAME, f"Only {left}, {folder}.", remedy.freeing(str(folder)))
    if free < LITTLE_ROOM:
        return warned(NAME, f"Only {left}, {folder}.", remedy.freeing(str(folder)))
    return passed(NAME, f"{left}, {folder}.")


def _of_temporary_files() -> Result:
    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError:
        return failed(
            NAME,
            "No folder for temporary files can be written: they are needed to show matches in the "
            "browser.",
            "mkdir -p ~/.cache/tmp && export TMPDIR=~/.cache/tmp",
        )
    free, inodes = _free(Path(folder))
    if free < FOR_TEMPORARY_FILES or inodes == 0:
        return warned(
            NAME,
            f"Only {of_bytes(free)} are free for temporary files, in {folder}.",
            remedy.freeing(folder),
        )
    return passed(NAME, f"{of_bytes(free)} are free for temporary files, in {folder}.")


def _there(folder: Path) -> Path:
    """The folder, or where it will be made."""
    return next(each for each in (folder, *folder.parents) if os.path.isdir(each))


def _free(folder: Path) -> tuple[int, int | None]:
    """Bytes and files that there is room for; None for files if the file system has no limit."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None
