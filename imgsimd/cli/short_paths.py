"""Paths as a terminal shows them: from the current folder or the home, without their middle where
space is short. Elsewhere paths are absolute and whole."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from contextlib import suppress

from imgsimd.cli.wrapping import width

LEFT_OUT = "…"


@functools.cache
def shorthands() -> tuple[tuple[str, str], ...]:
    """Folders, and what a path in one of them can begin with instead."""
    home = os.path.expanduser("~")
    found = {os.path.realpath(home): "~/", home: "~/"}
    with suppress(FileNotFoundError):  # the current folder was removed
        found[os.getcwd()] = ""
    return tuple((folder, instead) for folder, instead in found.items() if folder.strip("/"))


def near(path: str, instead_of: Iterable[tuple[str, str]]) -> str:
    """The shortest of the ways to write an absolute path, which a shell understands, too."""
    ways = [path]
    for folder, instead in instead_of:
        if path == folder:
            ways.append(instead.rstrip("/") or ".")
        elif path.startswith(folder + "/"):
            rest = path[len(folder) + 1 :]
            ways.append(instead + rest if instead or rest[0] not in "~-" else f"./{rest}")
    return min(ways, key=len)


def name_only(text: str) -> str:
    """The shortest that `within` can make of a path."""
    return min(text, f"{LEFT_OUT}/{os.path.basename(text)}", key=width)


def within(text: str, columns: int) -> str:
    """A path in so many columns: without folders in its middle, but with its whole name.

    The first folder and that of the file are the last to go.
    """
    if width(text) <= columns:
        return text
    *folders, name = text.split("/")
    if folders and not folders[0]:
        folders[:2] = ["/".join(folders[:2])]
    for kept in reversed(range(len(folders))):
        before, after = kept - kept // 2, len(folders) - kept // 2
        shorter = "/".join([*folders[:before], LEFT_OUT, *folders[after:], name])
        if width(shorter) <= columns:
            return shorter
    return name_only(text)
