"""Recognises the raw files of cameras by their content. Loads no library.

Most are TIFF files (TIFF 6.0; Adobe's DNG Specification), whose directories tell them from pictures
for everybody. The bytes come from anywhere: nothing is raised, and little of them is looked at.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping

from imgsimd.decoding import jpeg

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
_WIDTH, _HEIGHT, _COMPRESSION, _COLOURS, _PLACES, _KIND, _MAKE = 256, 257, 259, 262, 273, 254, 271
_BELOW, _JPEG, _TILES, _STRIP_SIZES, _TILE_SIZES, _DNG_VERSION = 330, 513, 324, 279, 325, 50706
_WANTED = {
    *(_WIDTH, _HEIGHT, _COMPRESSION, _COLOURS, _PLACES, _KIND, _MAKE),
    *(_BELOW, _JPEG, _TILES, _STRIP_SIZES, _TILE_SIZES, _DNG_VERSION),
}
_AT = -1
"""No tag: the place of the directory itself."""
_RAW_COLOURS = {32803, 34892}
"""A mosaic of colour filters, and what was made of one without a camera's own colours."""
_NOT_SHOWN = _RAW_COLOURS | {4, 51177, 52527}
"""Besides raw data: which pixels are transparent, how far away, or of the sky or a person."""
_RAW_COMPRESSIONS = {32767, 32769, 32770, 32772, 32867, 34713, 65000, 65535, 262}
"""Of Sony, Epson, Samsung, Kodak, Nikon and Pentax."""
_JPEG_COMPRESSIONS = {6, 7, 99}
_RGB = 2
"""A JPEG itself may not say that its colours are these."""
_MOST_DIRECTORIES, _MOST_ENTRIES, _MOST_NUMBERS = 32, 512, 4096
_NUMBERS = {3: "H", 4: "I", 13: "I"}
"""Types of whole numbers, as `struct` names them; others are read as bytes."""
_PREVIEW_BYTES = 2**17
"""In so many bytes is the frame header of a JPEG, behind its EXIF and profile."""
_MUCH_LARGER = 2
"""A preview has at least so many times the pixels of a thumbnail."""

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
    return (
        any(map(_is_of_sensor, found))
        or _is_only_a_preview(found)
        or _has_larger_preview(content, found)
    )


def _is_of_sensor(directory: Directory) -> bool:
    return _DNG_VERSION in directory or _has_sensor_data(directory)


def _has_sensor_data(directory: Directory) -> bool:
    return not (
        _RAW_COLOURS.isdisjoint(directory.get(_COLOURS, ()))
        and _RAW_COMPRESSIONS.isdisjoint(directory.get(_COMPRESSION, ()))
    )


def _is_only_a_preview(found: list[Directory]) -> bool:
    """Whether another directory than the first has a JPEG as a file of its own, and the first has
    nothing, or a camera's thumbnail. Pictures for everybody have their picture first, or as strips
    that are no files of their own."""
    if not found or not any(map(_is_compressed_as_jpeg, found)):
        return False
    first = found[0]
    if not _has_pixels(first):
        return any(map(_has_jpeg, found))
    is_thumbnail = first.get(_KIND, [0])[0] & 1 and _MAKE in first and _BELOW in first
    return bool(is_thumbnail) and not any(map(_is_picture, found))


def _has_larger_preview(content: bytes, found: list[Directory]) -> bool:
    """Whether a camera wrote it, and a JPEG below the first directory is much larger than the
    picture in that. What is below the picture of a TIFF for everybody is smaller."""
    if not found or _MAKE not in found[0] or _BELOW not in found[0]:
        return False
    largest = max((_jpeg_pixels(content, each) for each in found[1:]), default=0)
    return largest > _MUCH_LARGER * math.prod(_size(found[0]))


def _jpeg_pixels(content: bytes, directory: Directory) -> int:
    """How many pixels the JPEG of this directory has; 0 where there is none in one piece."""
    at = (directory.get(_JPEG) or directory.get(_PLACES) or [0])[0] if _has_jpeg(directory) else 0
    frame = jpeg.frame(content[at : at + _PREVIEW_BYTES]) if at else jpeg.Frame()
    return frame.width * frame.height


def _size(directory: Directory) -> tuple[int, int]:
    return directory.get(_WIDTH, [0])[0], directory.get(_HEIGHT, [0])[0]


def _has_jpeg(directory: Directory) -> bool:
    is_one = len(directory.get(_PLACES, ())) == 1
    return _JPEG in directory or (is_one and _is_compressed_as_jpeg(directory))


def _is_compressed_as_jpeg(directory: Directory) -> bool:
    is_compressed = not _JPEG_COMPRESSIONS.isdisjoint(directory.get(_COMPRESSION, ()))
    return is_compressed or _JPEG in directory


def _has_pixels(directory: Directory) -> bool:
    return _PLACES in directory or _TILES in directory


def _is_picture(directory: Directory) -> bool:
    """Whether it is a whole picture that is no JPEG."""
    is_reduced = directory.get(_KIND, [0])[0] & 1
    return not is_reduced and _has_pixels(directory) and not _has_jpeg(directory)


def sensor_size(content: bytes) -> tuple[int, int]:
    """Width and height of the raw data, by their directory; zeros if there is none."""
    sizes = [
        _size(each)
        for each in directories(content)
        if _is_of_sensor(each) and not each.get(_KIND, [0])[0] & 1
    ]
    return max(sizes, key=math.prod, default=(0, 0))


def pages(content: bytes) -> list[tuple[int, int, int]]:
    """Width and height of the pictures that are no JPEG in one piece with colours of its own, and
    the places of their directories."""
    found = (each for each in directories(content) if _is_page(each))
    return [(*_size(each), each[_AT][0]) for each in found]


def _is_page(directory: Directory) -> bool:
    colours = directory.get(_COLOURS, [0])[0]
    is_jpeg = _has_jpeg(directory) and (_JPEG in directory or colours != _RGB)
    return _has_pixels(directory) and not is_jpeg and not _is_hidden(directory)


def _is_hidden(directory: Directory) -> bool:
    colours = directory.get(_COLOURS, ())
    return not _NOT_SHOWN.isdisjoint(colours) or _has_sensor_data(directory)


def hidden_data(content: bytes) -> list[range]:
    """Where strips and tiles are that are no pictures, although they may be JPEGs; in order. Of one
    that the file ends before, only where it begins: its size may be wrong."""
    hidden = (each for each in directories(content) if _is_hidden(each) or _is_page(each))
    parts = (part for each in hidden for part in _parts(each))
    there = (part if part.stop <= len(content) else part[:1] for part in parts)
    return sorted(there, key=lambda part: part.start)


def is_in_jpeg_strips(content: bytes) -> bool:
    """Whether the raw data are several JPEGs below each other; LibRaw reads only the first."""
    return any(
        len(each.get(_PLACES, ())) > 1 and _is_compressed_as_jpeg(each)
        for each in directories(content)
        if _has_sensor_data(each)
    )


def is_cut_off(content: bytes) -> bool:
    """Whether the file ends before its raw data do; False where no directory says that."""
    found = (part for d in directories(content) if _is_of_sensor(d) for part in _parts(d))
    return max((part.stop for part in found), default=0) > len(content)


def _parts(directory: Directory) -> Iterator[range]:
    for places, sizes in ((_PLACES, _STRIP_SIZES), (_TILES, _TILE_SIZES)):
        for at, size in zip(directory.get(places, ()), directory.get(sizes, ()), strict=False):
            yield range(at, at + size)


def directories(content: bytes) -> Iterator[Directory]:
    """All directories of a TIFF file, those below others, too; none of another file."""
    if not _MAGIC.match(content):
        return
    order, signs = ("little", "<") if content.startswith(b"II") else ("big", ">")

    def number(at: int, size: int) -> int:
        return int.from_bytes(content[at : at + size], order)  # type: ignore[arg-type]  # a literal

    def numbers(entry: int) -> list[int]:
        kind, count = _NUMBERS.get(number(entry + 2, 2), "B"), number(entry + 4, 4)
        size = struct.calcsize(kind)
        at = entry + 8 if size * count <= 4 else number(entry + 8, 4)
        count = min(count, _MOST_NUMBERS, max(0, len(content) - at) // size)
        return list(struct.unpack_from(f"{signs}{count}{kind}", content, at)) if count else [0]

    ahead, seen = [number(4, 4)], set[int]()
    while ahead and len(seen) < _MOST_DIRECTORIES:
        at = ahead.pop(0)
        if at in seen or not 8 <= at < len(content) - 2:
            continue
        seen.add(at)
        count = min(number(at, 2), _MOST_ENTRIES)
        found: dict[int, list[int]] = {_AT: [at]}
        for entry in range(at + 2, min(at + 2 + 12 * count, len(content) - 11), 12):
            tag = number(entry, 2)
            if tag in _WANTED and tag not in found:
                found[tag] = numbers(entry)
        yield found
        ahead += [
            *found.get(_BELOW, ())[:_MOST_DIRECTORIES],
            number(at + 2 + 12 * number(at, 2), 4),
        ]
