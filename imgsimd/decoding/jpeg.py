"""Reads the segments before a JPEG's pixels (ITU-T T.81, B.1.1 and B.2.2).

Bytes that belong to no segment are passed over, as libjpeg does.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

SOI = b"\xff\xd8"
_MOST_SEGMENTS = 2000
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""SOF markers: each says by its number how the pixels are coded."""
_JPEG_LS = 0xF7
_SCAN = 0xDA
_BARE = {0x01, *range(0xD0, 0xD8)}
"""JPEG markers that no length follows."""
_START = re.compile(rb".{0,32}?((?:\xff\xd8)+)\xff", re.DOTALL)
"""Line ends that a web server printed may stand before a JPEG, and SOI may be there twice."""
_MARKER = re.compile(rb"\xff+([^\0\xff])", re.DOTALL)
_EXIF = b"Exif\0\0"
_ICC = b"ICC_PROFILE\0"


class Frame(NamedTuple):
    """What the frame header says of the pixels; all 0 where there is none."""

    marker: int = 0
    precision: int = 0
    """Bits of a sample."""
    height: int = 0
    width: int = 0
    components: int = 0
    row_blocks: int = 1
    """So many rows of blocks of 8 lines are coded together."""


def bare(content: bytes) -> bytes:
    """The JPEG without what stands before it; all of it if it is none."""
    match = _START.match(content)
    start = match.end(1) - len(SOI) if match else 0
    return content[start:] if start else content


def frame(content: bytes) -> Frame:
    """The first frame header."""
    for marker, at in _segments(content):
        if (marker in _FRAMES or marker == _JPEG_LS) and at + 10 <= len(content):
            precision, height, width, components = struct.unpack_from(">BHHB", content, at + 4)
            vertical = [each & 15 for each in content[at + 11 : at + 11 + 3 * components : 3]]
            blocks = max([1, *vertical]) if components > 1 else 1
            return Frame(marker, precision, height, width, components, blocks)
    return Frame()


def exif(content: bytes) -> bytes:
    """The EXIF block, in the first APP1 segment that has one; empty if there is none."""
    blocks = (data for data in _named(content, 0xE1, _EXIF) if data.startswith((b"II", b"MM")))
    return next(blocks, b"")


def profile(content: bytes) -> bytes:
    """The ICC profile, put together from its APP2 segments (ICC.1:2010, B.4), which may come in any
    order; empty if there is none, or a part of it is missing."""
    parts: dict[int, bytes] = {}
    count = 0
    for data in _named(content, 0xE2, _ICC):
        if len(data) > 2:
            count = count or data[1]
            parts.setdefault(data[0], data[2:])
    if any(number not in parts for number in range(1, count + 1)):
        return b""
    return b"".join(parts[number] for number in range(1, count + 1))


def lacks_end(content: bytes) -> bool:
    """Whether it is a JPEG with no end-of-image marker behind its header.

    A download may have reserved its place on the disk: libjpeg takes the zeros there for pixels.
    """
    places = [at for _, at in _segments(content)]
    return bool(places) and content.rfind(b"\xff\xd9", places[-1]) < 0


def _named(content: bytes, marker: int, name: bytes) -> Iterator[bytes]:
    """The data of each segment of this kind that begins with this name, without the name."""
    for each, at in _segments(content):
        if each == marker and content.startswith(name, at + 4):
            end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
            yield content[at + 4 + len(name) : end]


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    """Marker and place (that of its last 0xFF) of each segment, to the first scan and with it."""
    at = 2 if content.startswith(SOI) else len(content)
    for _ in range(_MOST_SEGMENTS):
        match = _MARKER.search(content, at)
        if match is None:
            return
        marker, at = match[1][0], match.start(1) - 1
        if marker in _BARE:
            at += 2
            continue
        yield marker, at
        if marker == _SCAN:
            return
        at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
