"""Photos of which a user has said what kind they are, by the folders that they are in."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from imgsimd.errors import ConfigError
from imgsimd.file_faults import unreadable
from imgsimd.picture_folders import is_photo, pictures_in
from imgsimd.words import printable


@dataclass(frozen=True, slots=True)
class Unread:
    """A photo, or a folder of them, that cannot be used."""

    path: str
    reason: str
    """Without a subject: "the file is empty"."""


@dataclass(frozen=True, slots=True)
class LabelledPhotos:
    """The photos below a folder, by path."""

    paths: Sequence[str]
    labels: Sequence[int]
    """For each path its kind, counted from 0."""
    unread: Sequence[Unread]
    """Folders that could not be listed."""
    outside: int
    """Photos that lie in the folder itself, and so are of no kind; they are left out."""
    deeper: str
    """The folder of the first kind, if no photo lies in the folder of a kind itself: maybe the
    folders in these are meant. Else empty."""


def find(folder: str) -> LabelledPhotos:
    """The photos below each folder in this one, which is their kind; a link to a folder is one,
    too. Hidden files and folders are left out.

    Raises ConfigError where no photo has another one of its kind, or all are of one kind: then
    there is nothing to tell apart.
    """
    kinds, outside = _entries(folder)
    paths: list[str] = []
    labels: list[int] = []
    unread: list[Unread] = []
    for label, each in enumerate(kinds):
        found = pictures_in(each, lambda error: unread.append(_unlisted(error)))
        paths += found
        labels += [label] * len(found)
    sizes = Counter(labels).values()
    if len(sizes) < 2 or max(sizes) < 2:
        raise ConfigError(
            f"{printable(folder)} has no photos to tell apart. Make a folder in it for each of at "
            "least two kinds, with two or more photos of that kind."
        )
    is_deeper = set(kinds).isdisjoint(map(os.path.dirname, paths))
    return LabelledPhotos(paths, labels, unread, outside, kinds[labels[0]] if is_deeper else "")


def _entries(folder: str) -> tuple[list[str], int]:
    """The folders in this one, by name, and how many photos it has itself. Raises ConfigError."""
    try:
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        name = printable(folder) or "An empty name"
        raise ConfigError(
            f"{name} cannot be listed ({error.strerror}). --labelled takes a folder that has a "
            "folder for each kind of photo."
        ) from error
    folders = sorted(entry.path for entry in shown if os.path.isdir(entry))
    return folders, sum(is_photo(entry.name) for entry in shown if entry.path not in folders)


def _unlisted(error: OSError) -> Unread:
    return Unread(os.fsdecode(error.filename), str(unreadable(error)))
