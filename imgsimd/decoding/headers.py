"""Width, height and EXIF block of a picture's file, by its format, without decoding it.

The bytes come from anywhere: whatever they are, nothing is raised, and nothing beyond them is read.
A size of 0 means that the file does not say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from imgsimd.decoding import exif
from imgsimd.decoding import jpeg as jpeg_header

MOST_CHUNKS = 10_000
"""Of one file so many are looked at."""
_SEARCHED_BYTES = 2**16
"""What comes before the pixels is found in so many bytes."""
_EXIF_START = b"Exif\0\0"


class Header(NamedTuple):
    """What a file says before its pixels; the size is that of the picture as it is stored."""

    width: int = 0
    height: int = 0
    exif: bytes = b""
    """A block as `exif.tags` takes it; empty if there is none."""
    profile: bytes = b""
    """The ICC profile; empty if there is none."""
    orientation: int | None = None
    """EXIF's number, where the format has a place of its own for it; None: as `exif` says."""


def _big(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "big")


def _little(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "little")


def jpeg(content: bytes) -> Header:
    """Segments: APP1 has the EXIF block."""
    height, width = jpeg_header.shape(content)
    return Header(width, height, jpeg_header.exif(content))


def png(content: bytes) -> Header:
    """Chunks: IHDR has the size, eXIf the block."""
    block = next((data for name, data in _png_chunks(content) if name == b"eXIf"), b"")
    return Header(_big(content, 16, 4), _big(content, 20, 4), block.removeprefix(_EXIF_START))


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(content):
            return
        size, name = _big(content, at, 4), content[at + 4 : at + 8]
        yield name, content[at + 8 : at + 8 + size] if name == b"eXIf" else b""
        at += 12 + size


def webp(content: bytes) -> Header:
    """Chunks: the first has the size, in one of three ways; EXIF has the block."""
    block = next(
        (content[at:end] for name, at, end in _webp_chunks(content) if name == b"EXIF"), b""
    )
    return Header(*_webp_size(content), block.removeprefix(_EXIF_START))


def _webp_size(content: bytes) -> tuple[int, int]:
    first = content[12:16]
    if first == b"VP8X":
        return _little(content, 24, 3) + 1, _little(content, 27, 3) + 1
    if first == b"VP8L":
        bits = _little(content, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(content, 26, 2) & 0x3FFF, _little(content, 28, 2) & 0x3FFF


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each chunk."""
    at = 12
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(content):
            return
        size = _little(content, at + 4, 4)
        yield content[at : at + 4], at + 8, at + 8 + size
        at += 8 + size + size % 2


def gif(content: bytes) -> Header:
    """The logical screen."""
    return Header(_little(content, 6, 2), _little(content, 8, 2))


def bmp(content: bytes) -> Header:
    """The first header's length tells OS/2's 16-bit numbers from Windows' 32-bit ones, in which a
    negative height means that the first line is the upper one."""
    if _little(content, 14, 4) == 12:
        return Header(_little(content, 18, 2), _little(content, 20, 2))
    height = int.from_bytes(content[22:26], "little", signed=True)
    return Header(_little(content, 18, 4), abs(height))


def tiff(content: bytes) -> Header:
    """The whole file is the block."""
    found = exif.tags(content)
    return Header(exif.number(found, exif.WIDTH), exif.number(found, exif.HEIGHT), content)


def jpeg2000(content: bytes) -> Header:
    """The code stream's SIZ marker (ITU-T T.800): the reference grid's size, less its offset."""
    at = content[:_SEARCHED_BYTES].find(b"\xff\x4f\xff\x51")
    if at < 0:
        return Header()
    width = _big(content, at + 8, 4) - _big(content, at + 16, 4)
    height = _big(content, at + 12, 4) - _big(content, at + 20, 4)
    return Header(max(0, width), max(0, height))


def pnm(content: bytes) -> Header:
    """Two numbers; comments go to the end of the line."""
    words = re.sub(rb"#[^\n]*", b"", content[:1024]).split()
    width, height = [*words[1:3], b"", b""][:2]
    return Header(_decimal(width), _decimal(height))


def pam(content: bytes) -> Header:
    """Lines of a word and a number."""
    lines = dict(re.findall(rb"^(WIDTH|HEIGHT) +(\d+)", content[:1024], re.MULTILINE))
    return Header(_decimal(lines.get(b"WIDTH", b"")), _decimal(lines.get(b"HEIGHT", b"")))


def _decimal(word: bytes) -> int:
    return int(word) if word.isdigit() and len(word) < 10 else 0


def sun_raster(content: bytes) -> Header:
    """Two numbers after the signature."""
    return Header(_big(content, 4, 4), _big(content, 8, 4))
