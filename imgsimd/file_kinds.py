"""The names by which users call the kinds of picture files: `jpg`, `heic`, `raw`, `nef`."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from imgsimd.decoding.registry import DECODERS
from imgsimd.words import printable

_OWN = {
    *("mpo", "jps", "insp", "apng", "dib", "psb", "pbm", "pgm", "ppm", "pxm"),
    *(name for each in DECODERS if each.format == "camera raw" for name in each.extensions),
} - {"raw"}
"""Extensions that name a kind of their own; all others are only names of their format."""


class FileKind(NamedTuple):
    """A format, or those of its files that have a certain extension."""

    format: str
    """The name of an entry of the registry."""
    extension: str = ""
    """In small letters and without a dot; empty: any."""


def named(name: str) -> FileKind:
    """The kind of this name: a format's, or one of its extensions. Raises ValueError with a
    sentence."""
    kind = _kinds().get(_plain(name))
    if kind is None:
        known = ", ".join(names())
        raise ValueError(
            f"There is no format '{printable(name)}'. There are {known}, and the "
            "extensions of kinds of them, such as nef or mpo."
        )
    return kind


def names() -> list[str]:
    """One name for each format, in the order of the registry."""
    first = {kind: name for name, kind in reversed(_kinds().items()) if not kind.extension}
    return list(first.values())[::-1]


@cache
def _kinds() -> dict[str, FileKind]:
    found: dict[str, FileKind] = {}
    for decoder in DECODERS:
        for name in decoder.extensions:
            found[name] = FileKind(decoder.format, name if name in _OWN else "")
        found.setdefault(_plain(decoder.format), FileKind(decoder.format))
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\s._-]", "", name.lower())
