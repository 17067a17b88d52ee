"""Absolute paths, as text or as bytes: which folder a path lies in.

A path has no closing slash unless a function says so; `/` is a folder like any other.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, AnyStr

from imgsimd import words

if TYPE_CHECKING:
    from imgsimd.types import FilePath


def slashed(folder: AnyStr) -> AnyStr:
    """The folder with one closing slash: every path below it begins with that."""
    slash = b"/" if isinstance(folder, bytes) else "/"
    return folder if folder.endswith(slash) else folder + slash


def unslashed(folder: FilePath) -> FilePath:
    """The folder without a closing slash, unless it is `/`."""
    return folder.rstrip(b"/") or folder[:1]


def is_below(path: AnyStr, folder: AnyStr) -> bool:
    """Whether the path lies in the folder, at any depth. A folder does not lie in itself."""
    return path != folder and path.startswith(slashed(folder))


def is_within(path: AnyStr, folder: AnyStr) -> bool:
    """Whether the path is the folder, or lies in it."""
    return path == folder or path.startswith(slashed(folder))


def is_nested(one: AnyStr, other: AnyStr) -> bool:
    """Whether one of the folders is the other, or lies in it."""
    return is_within(one, other) or is_within(other, one)


def enclosing(path: AnyStr, folders: Iterable[AnyStr]) -> AnyStr | None:
    """The first of the folders that the path lies in."""
    return next((folder for folder in folders if is_below(path, folder)), None)


def covering(path: AnyStr, folders: Iterable[AnyStr]) -> AnyStr | None:
    """The first of the folders that the path is, or lies in."""
    return next((folder for folder in folders if is_within(path, folder)), None)


def upwards(path: FilePath) -> Iterator[FilePath]:
    """The path, then each folder that it lies in, up to `/`."""
    while len(path) > 1:
        yield path
        path = path[: path.rfind(b"/")]
    yield b"/"


def folder_of(path: FilePath) -> FilePath:
    """The folder in which the file lies, or the folder (itself with a closing slash), with a
    closing slash; nothing for `/`."""
    return path[: path.rfind(b"/", 0, -1) + 1]


def moved(path: FilePath, old: FilePath, new: FilePath) -> FilePath:
    """Where a path at or below the folder `old` lies after that folder has become `new`."""
    return new if path == old else slashed(new) + path[len(slashed(old)) :]


def text(path: FilePath) -> str:
    """The path for a sentence: each byte that is not UTF-8 is a lone surrogate (PEP 383), which
    `words.printable` shows as `\\xff`."""
    return os.fsdecode(path)


def quoted(path: FilePath) -> str:
    """The path as one word of a command that can be pasted into a shell."""
    return words.quoted(text(path))
