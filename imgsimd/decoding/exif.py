"""Reads what we want of an EXIF block (CIPA DC-008), which is a small TIFF file (TIFF 6.0).

The bytes come from anywhere: whatever they are, nothing is raised, nothing beyond them is read,
and no more than two directories of limited length are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from imgsimd.decoding.metadata import MOST_CHARACTERS

WIDTH, HEIGHT, MAKE, MODEL, ORIENTATION, EXIF_DIRECTORY = 256, 257, 271, 272, 274, 34665
TAKEN, TAKEN_OFFSET, TAKEN_FRACTION = 36867, 36881, 37521
"""Tags."""
_WANTED = {
    *(WIDTH, HEIGHT, MAKE, MODEL, ORIENTATION, EXIF_DIRECTORY),
    *(TAKEN, TAKEN_OFFSET, TAKEN_FRACTION),
}
_TEXT = 2
_SIZES = {1: 1, _TEXT: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4}
"""Bytes of a value by its type: of text, and of numbers of 8, 16 and 32 bits, which some programs
use for each other, with and without sign."""
_MOST_ENTRIES = 1000
_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")

Tags = Mapping[int, int | str]
"""The value of each tag that was found."""


def tags(block: bytes) -> Tags:
    """The tags of a block that starts with `II` or `MM`; none if it does not."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(block[:4])
    if order is None:
        return {}
    reader = _Reader(block, is_little=order == "little")
    found = reader.directory(reader.number(4, 4))
    below = found.pop(EXIF_DIRECTORY, None)
    if isinstance(below, int):
        found = reader.directory(below) | found
    return found


class _Reader:
    """Numbers and directories of one block; bytes beyond its end count as missing ones."""

    def __init__(self, block: bytes, is_little: bool) -> None:
        self._block = block
        self._is_little = is_little

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self._block[at : at + size], "little" if self._is_little else "big")

    def directory(self, at: int) -> dict[int, int | str]:
        """The wanted entries of the directory at this place; of two for one tag, the first."""
        found: dict[int, int | str] = {}
        count = min(self.number(at, 2), _MOST_ENTRIES)
        for entry in range(at + 2, min(at + 2 + 12 * count, len(self._block) - 11), 12):
            tag = self.number(entry, 2)
            if tag in _WANTED and (value := self._value(entry)) is not None:
                found.setdefault(tag, value)
        return found

    def _value(self, entry: int) -> int | str | None:
        kind, count = self.number(entry + 2, 2), self.number(entry + 4, 4)
        size = _SIZES.get(kind)
        if size is None or count == 0:
            return None
        at = entry + 8 if size * count <= 4 else self.number(entry + 8, 4)
        if kind != _TEXT:
            return self.number(at, size)
        return _text(self._block[at : at + min(count, MOST_CHARACTERS)])


def _text(value: bytes) -> str | None:
    """Up to its end, without control characters; None if nothing is left."""
    text = value.partition(b"\0")[0].decode("utf-8", errors="ignore")
    return "".join(filter(str.isprintable, text)).strip() or None


def orientation(found: Tags) -> int:
    """From 1 to 8; 1 where there is none, or a wrong one."""
    value = number(found, ORIENTATION)
    return value if 1 <= value <= 8 else 1


def taken(found: Tags) -> str | None:
    """When the picture was taken, as `PictureMetadata.taken` says it; None if that is no time."""
    match = _TIME.fullmatch(str(found.get(TAKEN, "")))
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, match.groups())
        time = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    fraction = str(found.get(TAKEN_FRACTION, ""))[:9]
    offset = str(found.get(TAKEN_OFFSET, ""))
    return (
        time.isoformat()
        + (f".{fraction}" if fraction.isascii() and fraction.isdigit() else "")
        + (offset if _OFFSET.fullmatch(offset) else "")
    )


def number(found: Tags, tag: int) -> int:
    """The number of this tag; 0 if there is none."""
    value = found.get(tag)
    return value if isinstance(value, int) else 0


def text(found: Tags, tag: int) -> str | None:
    """The text of this tag; None if there is none."""
    value = found.get(tag)
    return value if isinstance(value, str) else None
