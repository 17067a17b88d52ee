"""Reads the segments before a JPEG's pixels (ITU-T T.81, B.1.1 and B.2.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_BARE = {0x01, *range(0xD0, 0xD8)}
"""JPEG markers that no length follows."""


def shape(content: bytes) -> tuple[int, int]:
    """Height and width, from the first frame header; (0, 0) where there is none, or no JPEG."""
    for marker, at in _segments(content):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, at + 5)  # `_segments` leaves 9 bytes
            return height, width
    return 0, 0


def exif(content: bytes) -> bytes:
    """The EXIF block, in the APP1 segment that begins with its name; empty if there is none."""
    for marker, at in _segments(content):
        if marker == 0xE1 and content.startswith(b"Exif\0\0", at + 4):
            return content[at + 10 : at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")]
    return b""


def lacks_end(content: bytes) -> bool:
    """Whether it is a JPEG with no end-of-image marker behind its header.

    A download may have reserved its place on the disk: libjpeg takes the zeros there for pixels.
    """
    places = [at for _, at in _segments(content)]
    return bool(places) and content.rfind(b"\xff\xd9", places[-1]) < 0


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    """Marker and place of each segment of a JPEG's header, up to its first scan."""
    at = 2 if content.startswith(b"\xff\xd8") else len(content)
    marker = 0
    while marker != 0xDA and at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _BARE:
            at += 2
        else:
            yield marker, at
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
