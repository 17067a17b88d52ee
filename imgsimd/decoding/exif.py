"""Reads what we want of an EXIF block (CIPA DC-008), which is a small TIFF file (TIFF 6.0).

The bytes come from anywhere: whatever they are, nothing is raised, nothing beyond them is read,
and no more than three directories of limited length are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from imgsimd.decoding.metadata import MOST_CHARACTERS

WIDTH, HEIGHT, MAKE, MODEL, ORIENTATION, EXIF_DIRECTORY = 256, 257, 271, 272, 274, 34665
TAKEN, TAKEN_OFFSET, TAKEN_FRACTION = 36867, 36881, 37521
GPS_DIRECTORY = 34853
"""Tags."""
NORTH_OR_SOUTH, LATITUDE, EAST_OR_WEST, LONGITUDE = (GPS_DIRECTORY << 16 | n for n in range(1, 5))
"""What the tags 1 to 4 of the GPS directory are called here: in others they mean something else."""
_WANTED = {
    tag: tag
    for tag in (
        *(WIDTH, HEIGHT, MAKE, MODEL, ORIENTATION, EXIF_DIRECTORY, GPS_DIRECTORY),
        *(TAKEN, TAKEN_OFFSET, TAKEN_FRACTION),
    )
}
_WANTED_OF_GPS = {tag & 0xFFFF: tag for tag in (NORTH_OR_SOUTH, LATITUDE, EAST_OR_WEST, LONGITUDE)}
_TEXT = 2
_FRACTIONS = (5, 10)
_SIZES = {1: 1, _TEXT: 1, 3: 2, 4: 4, 5: 8, 6: 1, 8: 2, 9: 4, 10: 8}
"""Bytes of a value by its type: of text, of numbers of 8, 16 and 32 bits, which some programs use
for each other, with and without sign, and of fractions of two of the latter."""
_UNITS = (1.0, 1 / 60, 1 / 3600)
"""Degrees, minutes and seconds, as degrees."""
_PLACE_DIGITS = 6
"""Of a degree: a tenth of a metre."""
_MOST_ENTRIES = 1000
_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")

Value: TypeAlias = int | str | tuple[float, ...]
"""A number, a text, or fractions."""
Tags = Mapping[int, Value]
"""The value of each tag that was found."""


def tags(block: bytes) -> Tags:
    """The tags of a block that starts with `II` or `MM`; none if it does not."""
    reader = _reader(block)
    if reader is None:
        return {}
    found = reader.first(_WANTED)
    below, gps = found.pop(EXIF_DIRECTORY, None), found.pop(GPS_DIRECTORY, None)
    if isinstance(below, int):
        found = reader.directory(below, _WANTED) | found
    if isinstance(gps, int):
        found |= reader.directory(gps, _WANTED_OF_GPS)
    return found


def gps_tags(block: bytes) -> Tags:
    """As `tags`, for a block whose first directory is that of GPS."""
    reader = _reader(block)
    return reader.first(_WANTED_OF_GPS) if reader else {}


def _reader(block: bytes) -> _Reader | None:
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(block[:4])
    return _Reader(block, is_little=order == "little") if order else None


class _Reader:
    """Numbers and directories of one block; bytes beyond its end count as missing ones."""

    def __init__(self, block: bytes, is_little: bool) -> None:
        self._block = block
        self._is_little = is_little

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self._block[at : at + size], "little" if self._is_little else "big")

    def first(self, wanted: Mapping[int, int]) -> dict[int, Value]:
        """`directory`, of the block's first one."""
        return self.directory(self.number(4, 4), wanted)

    def directory(self, at: int, wanted: Mapping[int, int]) -> dict[int, Value]:
        """The wanted entries of the directory at this place; of two for one tag, the first.
        `wanted` says what each tag is called."""
        found: dict[int, Value] = {}
        count = min(self.number(at, 2), _MOST_ENTRIES)
        for entry in range(at + 2, min(at + 2 + 12 * count, len(self._block) - 11), 12):
            name = wanted.get(self.number(entry, 2))
            if name is not None and (value := self._value(entry)) is not None:
                found.setdefault(name, value)
        return found

    def _value(self, entry: int) -> Value | None:
        kind, count = self.number(entry + 2, 2), self.number(entry + 4, 4)
        size = _SIZES.get(kind)
        if size is None or count == 0:
            return None
        at = entry + 8 if size * count <= 4 else self.number(entry + 8, 4)
        if kind == _TEXT:
            return _text(self._block[at : at + min(count, MOST_CHARACTERS)])
        if kind in _FRACTIONS:
            return self._fractions(at, min(count, len(_UNITS)))
        return self.number(at, size)

    def _fractions(self, at: int, count: int) -> tuple[float, ...] | None:
        """None if one of them is no number. Many programs write 0/0 for none."""
        if at + 8 * count > len(self._block):
            return None
        parts = [self.number(at + 4 * n, 4) for n in range(2 * count)]
        pairs = list(zip(parts[::2], parts[1::2], strict=True))
        if any(above and not below for above, below in pairs):
            return None
        return tuple(above / (below or 1) for above, below in pairs)


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


def place(found: Tags) -> tuple[float, float] | None:
    """Where the picture was taken: latitude and longitude in degrees (WGS 84), north and east
    positive. None if that is no place, and for 0, 0, which devices write that do not know theirs.
    """
    latitude = _degrees(found, LATITUDE, NORTH_OR_SOUTH, "NS", 90)
    longitude = _degrees(found, LONGITUDE, EAST_OR_WEST, "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return latitude, longitude


def _degrees(found: Tags, tag: int, side_tag: int, sides: str, most: int) -> float | None:
    """At most so many; the second of the sides is the negative one."""
    parts, side = found.get(tag), str(found.get(side_tag, "")).upper()[:1]
    if not isinstance(parts, tuple) or not side or side not in sides:
        return None
    degrees = sum(part * unit for part, unit in zip(parts, _UNITS, strict=False))
    if degrees > most:
        return None
    return round(-degrees if side == sides[1] else degrees, _PLACE_DIGITS)


def number(found: Tags, tag: int) -> int:
    """The number of this tag; 0 if there is none."""
    value = found.get(tag)
    return value if isinstance(value, int) else 0


def text(found: Tags, tag: int) -> str | None:
    """The text of this tag; None if there is none."""
    value = found.get(tag)
    return value if isinstance(value, str) else None
