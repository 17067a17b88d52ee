"""What lies in the watched folders and is not indexed: why, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from imgsimd.words import counted

_MOST_NAMED = 6
"""So many numbers are in one sentence."""


class Reason(StrEnum):
    """Why a file is not indexed, for programs."""

    VIDEO = "video"
    PICTURE = "picture"
    """A picture of a kind that is not read."""
    DOCUMENT = "document"
    SIDECAR = "sidecar"
    """Settings that programs keep beside a photo."""
    ARCHIVE = "archive"
    OTHER = "other"
    NO_EXTENSION = "no_extension"
    LEFT_OUT = "left_out"
    """`ignore`, a file such as `.nomedia`, or a built-in pattern leaves it out."""
    FOLDER_LEFT_OUT = "folder_left_out"
    """A folder, for the same reasons. What is in it is not counted."""
    NO_PICTURE = "no_picture"
    """`any_extension` has it looked into, and it is none."""
    LINK = "link"
    """A symbolic link that may lead to a photo, and is not followed or leads to none."""
    NO_LIBRARY = "no_library"
    """A photo of a format whose package is not installed. It is listed as failed, too."""
    NO_FILE = "no_file"
    """A pipe, a socket or a device."""


_WORDS = {
    "video": "video",
    "picture": "picture that imgsimd cannot read",
    "document": "document",
    "sidecar": "settings beside a photo",
    "archive": "archive",
    "other": "no picture, by its name",
    "no_extension": "no extension",
    "left_out": "left out by a pattern",
    "folder_left_out": "folder left out by a pattern",
    "no_picture": "no picture, by its content",
    "link": "symbolic link that is not followed",
    "no_library": "no package that reads it",
    "no_file": "pipe, socket or device",
}


def in_words(reason: str) -> str:
    """Why a file is not indexed, for people; a reason that another version has, as it is."""
    return _WORDS.get(reason, reason)


_NOUNS = {
    Reason.VIDEO: "video",
    Reason.DOCUMENT: "document",
    Reason.SIDECAR: "sidecar file",
    Reason.ARCHIVE: "archive",
    Reason.OTHER: "other file",
    Reason.NO_EXTENSION: "file without an extension",
    Reason.LEFT_OUT: "file left out by a pattern",
    Reason.FOLDER_LEFT_OUT: "folder left out by a pattern",
    Reason.NO_PICTURE: "other file that is no picture",
    Reason.LINK: "symbolic link",
    Reason.NO_LIBRARY: "file",
    Reason.NO_FILE: "pipe or device",
}
_PLURALS = {
    Reason.NO_EXTENSION: "files without an extension",
    Reason.LEFT_OUT: "files left out by a pattern",
    Reason.FOLDER_LEFT_OUT: "folders left out by a pattern",
    Reason.NO_PICTURE: "other files that are no pictures",
    Reason.NO_FILE: "pipes or devices",
}


class Skip(NamedTuple):
    """Files that are not indexed for one reason."""

    reason: Reason
    extension: str
    """In small letters; empty where there is none, and for a rare or long one."""
    files: int
    """How many, at least 1."""
    example: bytes = b""
    """The path of one of them; empty if nobody asked for it."""
    package: str = ""
    """What would read them, for `pip install`; only for NO_LIBRARY."""


def number_of_files(skips: Iterable[Skip]) -> int:
    """How many files they are; a folder that is left out does not count."""
    return sum(skip.files for skip in skips if skip.reason is not Reason.FOLDER_LEFT_OUT)


def summary(skips: Iterable[Skip]) -> str:
    """For users: `1,204 videos, 38 .psd, 2 documents`, the largest numbers first; empty if there is
    nothing."""
    counts: dict[tuple[Reason, str], int] = {}
    for skip in skips:
        key = skip.reason, skip.package or (skip.extension * (skip.reason is Reason.PICTURE))
        counts[key] = counts.get(key, 0) + skip.files
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = [_words(*key, count) for key, count in ordered[:_MOST_NAMED]]
    rest = sum(count for _, count in ordered[_MOST_NAMED:])
    return ", ".join([*named, *([f"{rest:,} more"] if rest else [])])


def _words(reason: Reason, name: str, count: int) -> str:
    """For an extension or a package of this name, if there is one."""
    if reason is Reason.PICTURE:
        return f"{count:,} .{name}"
    if reason is Reason.NO_LIBRARY:
        return f"{counted(count, 'file')} that {name} would read"
    if count != 1 and reason in _PLURALS:
        return f"{count:,} {_PLURALS[reason]}"
    return counted(count, _NOUNS[reason])
