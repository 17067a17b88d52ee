"""What a HEIF container (ISO/IEC 23008-12), as HEIC and AVIF files are, says of its picture."""

from __future__ import annotations

import struct

from imgsimd.decoding import cicp, heif_items
from imgsimd.decoding.headers import Header
from imgsimd.decoding.heif_items import Item, Items

LONGEST_EXIF, MOST_EXTENTS = 2**20, 4
"""More of a block of EXIF is not read."""
_ORIENTATIONS = {
    (0, 1, 2, 3): 1, (1, 0, 3, 2): 2, (3, 2, 1, 0): 3, (2, 3, 0, 1): 4,
    (0, 2, 1, 3): 5, (2, 0, 3, 1): 6, (3, 1, 2, 0): 7, (1, 3, 0, 2): 8,
}  # fmt: skip
"""EXIF's number by where the corners of the stored picture (0 1 above 2 3) are in the upright one,
read in the same order."""


def header(content: bytes) -> Header:
    """Size, orientation (`irot`, `imir`: EXIF's own does not count), profile and EXIF of the
    primary item."""
    items = heif_items.read(content)
    picture = items.item(items.primary)
    _, _, width, height = shown_part(picture)
    return Header(width, height, _exif(content, items), _profile(picture), orientation(picture))


def size(item: Item) -> tuple[int, int]:
    """Width and height as the item is coded; 0 if it does not say so."""
    coded = item.property(b"ispe")
    return int.from_bytes(coded[4:8], "big"), int.from_bytes(coded[8:12], "big")


def shown_part(item: Item) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is to be shown of the coded picture: all of it, or what
    `clap` leaves, whose numbers are fractions."""
    width, height = size(item)
    clap = item.property(b"clap")
    if len(clap) < 32:
        return 0, 0, width, height
    numbers = struct.unpack(">iIiIiIiI", clap[:32])
    if not all(numbers[1::2]):
        return 0, 0, width, height
    shown_width, shown_height, right, down = (
        above / below for above, below in zip(numbers[::2], numbers[1::2], strict=True)
    )
    left = round(right + (width - shown_width) / 2)
    top = round(down + (height - shown_height) / 2)
    shown = left, top, round(shown_width), round(shown_height)
    fits = min(left, top) >= 0 and left + shown[2] <= width and top + shown[3] <= height
    return shown if fits and min(shown[2:]) > 0 else (0, 0, width, height)


def orientation(item: Item) -> int:
    """EXIF's number for the item's turns (anticlockwise) and mirrors, one after another."""
    a, b, c, d = 0, 1, 2, 3
    for name, content in item.properties:
        if name == b"irot":
            for _ in range(int.from_bytes(content[:1], "big") & 3):
                a, b, c, d = b, d, a, c
        elif name == b"imir":
            upside_down = not int.from_bytes(content[:1], "big") & 1
            a, b, c, d = (c, d, a, b) if upside_down else (b, a, d, c)
    return _ORIENTATIONS[a, b, c, d]


def _profile(item: Item) -> bytes:
    """The ICC profile, or one for the numbers that name the colours."""
    colours = [content for name, content in item.properties if name == b"colr"]
    for content in colours:
        if content[:4] in (b"prof", b"rICC"):
            return content[4:]
    for content in colours:
        if content[:4] == b"nclx":
            numbers = (int.from_bytes(content[at : at + 2], "big") for at in (4, 6))
            return cicp.profile(*numbers)
    return b""


def _exif(content: bytes, items: Items) -> bytes:
    """The block begins behind a number, which says how much is before the TIFF header."""
    for number in items.referring(b"cdsc", items.primary):
        item = items.item(number)
        if item.kind == b"Exif":
            block = b"".join(
                content[start : min(end, start + LONGEST_EXIF)]
                for start, end in item.extents[:MOST_EXTENTS]
            )
            return block[4 + int.from_bytes(block[:4], "big") :]
    return b""
