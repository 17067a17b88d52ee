"""Width, height and EXIF block of a picture's file, by its format, without decoding it.

The bytes come from anywhere: whatever they are, nothing is raised, and nothing beyond them is read.
A size of 0 means that the file does not say it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from imgsimd.decoding import iso_boxes

MOST_CHUNKS = 10_000
"""Of one file so many are looked at."""
_SEARCHED_BYTES = 2**16
"""What comes before the pixels is found in so many bytes."""
LARGEST_PROFILE = 2**22
"""Bytes of an ICC profile; those of printing presses have up to three MiB."""
_EXIF_START = b"Exif\0\0"
_PNG_WANTED = {b"eXIf", b"iCCP", b"tRNS", b"zTXt", b"tEXt"}
_OLD_EXIF = re.compile(rb"Raw profile type (?:exif|APP1)\0")
_HEX = re.compile(rb"\s*\w+\s+\d+\s([0-9a-fA-F\s]*)")
_LARGEST_EXIF = 2**16


class Header(NamedTuple):
    """What a file says before its pixels; the size is that of the picture as it is stored."""

    width: int = 0
    height: int = 0
    exif: bytes = b""
    """A block as `exif.tags` takes it; empty if there is none."""
    profile: bytes = b""
    """The ICC profile; empty if there is none. One of more than LARGEST_PROFILE is not used."""
    orientation: int | None = None
    """EXIF's number, where the format has a place of its own for it; None: as `exif` says."""
    more_exif: bytes = b""
    """Another block, where a format has two; for what the first does not say."""
    gps: bytes = b""
    """A block as `exif.gps_tags` takes it, where a format has one."""


def _big(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "big")


def _little(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "little")


def png(content: bytes) -> Header:
    """Chunks: IHDR has the size, eXIf the block, iCCP the profile.

    gAMA and cHRM are left alone, as most viewers do: nearly all programs that write them mean sRGB.
    """
    found = [*_png_chunks(content)]
    chunks = dict(reversed(found))
    block = chunks.get(b"eXIf") or _old_png_exif(found)
    profile = _inflated(chunks.get(b"iCCP", b""), LARGEST_PROFILE)
    size = _big(content, 16, 4), _big(content, 20, 4)
    return Header(*size, block.removeprefix(_EXIF_START), profile)


def _old_png_exif(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """The block as ImageMagick and ExifTool wrote it before eXIf was agreed on: as text, in
    hexadecimal numbers behind a word and the length."""
    for name, data in chunks:
        if name in (b"zTXt", b"tEXt") and _OLD_EXIF.match(data):
            packed = name == b"zTXt"
            text = _inflated(data, 3 * _LARGEST_EXIF) if packed else data.partition(b"\0")[2]
            digits = _HEX.match(text)
            return _from_hex(digits[1]) if digits else b""
    return b""


def _from_hex(digits: bytes) -> bytes:
    together = b"".join(digits.split())
    return bytes.fromhex(together[: len(together) // 2 * 2].decode("ascii"))


def _inflated(chunk: bytes, most: int) -> bytes:
    """What is packed in a chunk, behind its name and a byte for the method; empty if it is broken
    or has more bytes than that."""
    try:
        inflater = zlib.decompressobj()
        content = inflater.decompress(chunk.partition(b"\0")[2][1:], most)
    except zlib.error:
        return b""
    return content if inflater.eof else b""


def png_transparent_grey(content: bytes) -> int | None:
    """Of a grey PNG, the number that stands for a transparent pixel, by the chunk tRNS; None where
    there is none, and for what is no grey PNG."""
    if content[25:26] != b"\0":
        return None
    chunk = next((data for name, data in _png_chunks(content) if name == b"tRNS"), b"")
    return _big(chunk, 0, 2) if len(chunk) == 2 else None


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(content):
            return
        size, name = _big(content, at, 4), content[at + 4 : at + 8]
        yield name, content[at + 8 : at + 8 + size] if name in _PNG_WANTED else b""
        at += 12 + size


def webp(content: bytes) -> Header:
    """Chunks: the first has the size, in one of three ways, EXIF the block, ICCP the profile."""
    chunks = {name: (at, end) for name, at, end in reversed([*_webp_chunks(content)])}
    block, profile = (content[slice(*chunks.get(name, (0, 0)))] for name in (b"EXIF", b"ICCP"))
    return Header(*_webp_size(content), block.removeprefix(_EXIF_START), profile)


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
    """The logical screen, or more where the first frame goes beyond it, as viewers do it."""
    left, top, width, height = _first_frame(content)
    screen = _little(content, 6, 2), _little(content, 8, 2)
    return Header(max(screen[0], left + width), max(screen[1], top + height))


def _first_frame(content: bytes) -> tuple[int, int, int, int]:
    """Left, top, width and height; zeros where there is none."""
    flags = content[10] if len(content) > 10 else 0
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    for _ in range(MOST_CHUNKS):
        if content[at : at + 1] != b"!":
            break
        at = _after_sub_blocks(content, at + 2)
    if content[at : at + 1] != b",":
        return 0, 0, 0, 0
    left, top, width, height = (_little(content, at + 1 + 2 * n, 2) for n in range(4))
    return left, top, width, height


def _after_sub_blocks(content: bytes, at: int) -> int:
    while at < len(content) and content[at]:
        at += 1 + content[at]
    return at + 1


def bmp(content: bytes) -> Header:
    """The first header's length tells OS/2's 16-bit numbers from Windows' 32-bit ones, in which a
    negative height means that the first line is the upper one. A DIB begins with that header."""
    at = 14 if content.startswith(b"BM") else 0
    if _little(content, at, 4) == 12:
        return Header(_little(content, at + 4, 2), _little(content, at + 6, 2))
    height = int.from_bytes(content[at + 8 : at + 12], "little", signed=True)
    return Header(_little(content, at + 4, 4), abs(height))


def jpeg2000(content: bytes) -> Header:
    """The code stream's SIZ marker (ITU-T T.800): the reference grid's size, less its offset."""
    at = _code_stream(content)
    if at < 0:
        return Header()
    width = _big(content, at + 8, 4) - _big(content, at + 16, 4)
    height = _big(content, at + 12, 4) - _big(content, at + 20, 4)
    return Header(max(0, width), max(0, height), profile=_jp2_profile(content))


def _jp2_profile(content: bytes) -> bytes:
    """In a box of the JP2 header, behind its method (ITU-T T.800, I.5.3.3; T.801 for the 3)."""
    for outer in iso_boxes.boxes(content, 0, len(content)):
        if outer.name == b"jp2h":
            for box in iso_boxes.boxes(content, outer.start, outer.end):
                if box.name == b"colr" and content[box.start : box.start + 1] in (b"\2", b"\3"):
                    return content[box.start + 3 : min(box.end, box.start + 3 + LARGEST_PROFILE)]
    return b""


def jpeg2000_components(content: bytes) -> int:
    """How many, also where they are not colours."""
    return _big(content, _code_stream(content) + 40, 2)


def jpeg2000_bits(content: bytes) -> int:
    """How many bits the first component's numbers have, from 1 to 38; the others' may differ."""
    return (_big(content, _code_stream(content) + 42, 1) & 0x7F) + 1


def _code_stream(content: bytes) -> int:
    """Where it begins; less than 0 where that is not found."""
    return content[:_SEARCHED_BYTES].find(b"\xff\x4f\xff\x51")


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
