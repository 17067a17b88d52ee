"""Recognises the raw files of cameras by their content. Loads no library.

Most are TIFF files (TIFF 6.0; Adobe's DNG Specification), whose directories tell them from pictures
for everybody. The bytes come from anywhere: nothing is raised, and little of them is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_MAGIC = re.compile(
    rb"II\x2a\0|MM\0\x2a"  # TIFF
    rb"|IIU\0|IIR[OS]|MMOR"  # Panasonic, Leica, Olympus
)
_SIGNATURES = re.compile(
    rb"FUJIFILMCCD-RAW|FOVb|\0MRM|.{6}HEAPCCDR|.{4}ftypcrx |IIU\0|IIR[OS]|MMOR"
    rb"|II\x2a\0.{4}IIII|MM\0\x2a.{4}MMMM",
    re.DOTALL,
)
_CANON = b"CR"
"""CR2 has it behind the header of TIFF."""
_WIDTH, _COMPRESSION, _COLOURS, _PLACES, _KIND = 256, 259, 262, 273, 254
_BELOW, _JPEG, _TILES, _DNG_VERSION = 330, 513, 324, 50706
_WANTED = {_WIDTH, _COMPRESSION, _COLOURS, _PLACES, _KIND, _BELOW, _JPEG, _TILES, _DNG_VERSION}
_RAW_COLOURS = {32803, 34892}
"""A mosaic of colour filters, and what was made of one without a camera's own colours."""
_RAW_COMPRESSIONS = {32767, 32769, 32770, 32772, 32867, 34713, 65000, 65535, 262}
"""Of Sony, Epson, Samsung, Kodak, Nikon and Pentax."""
_JPEG_COMPRESSIONS = {6, 7, 99}
_MOST_DIRECTORIES, _MOST_ENTRIES, _MOST_BELOW = 32, 512, 16

Directory = Mapping[int, list[int]]
"""The numbers of each wanted tag."""


def is_raw(content: bytes) -> bool:
    """Whether a file with this content, or that begins with it, was made by a camera's sensor."""
    if _SIGNATURES.match(content):
        return True
    if not _MAGIC.match(content):
        return False
    if content[8:10] == _CANON and content[10:11] in (b"\x02", b"\x03"):
        return True
    found = list(directories(content))
    return any(map(_is_of_sensor, found)) or _is_only_a_preview(found)


def _is_of_sensor(directory: Directory) -> bool:
    return (
        _DNG_VERSION in directory
        or not _RAW_COLOURS.isdisjoint(directory.get(_COLOURS, ()))
        or not _RAW_COMPRESSIONS.isdisjoint(directory.get(_COMPRESSION, ()))
    )


def _is_only_a_preview(found: list[Directory]) -> bool:
    """Whether the first directory has a thumbnail or nothing, and another, or it itself, a JPEG as
    a file of its own. Pictures for everybody have their picture first."""
    if not found or not any(map(_has_jpeg, found)):
        return False
    first = found[0]
    has_picture = _PLACES in first or _TILES in first
    is_reduced = first.get(_KIND, [0])[0] & 1
    return not has_picture or (bool(is_reduced) and len(found) > 1 and not _has_picture(found))


def _has_jpeg(directory: Directory) -> bool:
    return _JPEG in directory or not _JPEG_COMPRESSIONS.isdisjoint(directory.get(_COMPRESSION, ()))


def _has_picture(found: list[Directory]) -> bool:
    """Whether one is a whole picture that is no JPEG."""
    return any(
        not d.get(_KIND, [0])[0] & 1 and (_PLACES in d or _TILES in d) and not _has_jpeg(d)
        for d in found
    )


def directories(content: bytes) -> Iterator[Directory]:
    """All directories of a TIFF file, those below others, too."""
    order = "little" if content.startswith(b"II") else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(content[at : at + size], order)  # type: ignore[arg-type]  # a literal

    def numbers(entry: int) -> list[int]:
        kind, count = number(entry + 2, 2), number(entry + 4, 4)
        size = 2 if kind == 3 else 4 if kind in (4, 13) else 1
        at = entry + 8 if size * count <= 4 else number(entry + 8, 4)
        return [number(at + size * n, size) for n in range(min(count, _MOST_BELOW))] or [0]

    ahead, seen = [number(4, 4)], set[int]()
    while ahead and len(seen) < _MOST_DIRECTORIES:
        at = ahead.pop(0)
        if at in seen or not 8 <= at < len(content) - 2:
            continue
        seen.add(at)
        count = min(number(at, 2), _MOST_ENTRIES)
        entries = range(at + 2, min(at + 2 + 12 * count, len(content) - 11), 12)
        found = {number(e, 2): numbers(e) for e in entries if number(e, 2) in _WANTED}
        yield found
        ahead += [*found.get(_BELOW, ()), number(at + 2 + 12 * number(at, 2), 4)]
