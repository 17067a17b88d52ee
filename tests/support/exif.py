"""EXIF blocks, and files that contain them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import TypeAlias

from imgsimd.decoding import exif

_IN_MAIN_DIRECTORY = (exif.MAKE, exif.MODEL, exif.ORIENTATION)
Fractions: TypeAlias = tuple[tuple[int, int], ...]
Value: TypeAlias = int | str | Fractions


def block(values: Mapping[int, Value], order: str = "<") -> bytes:
    """A block with these tags, in directories as cameras write them."""
    main = {tag: values[tag] for tag in _IN_MAIN_DIRECTORY if tag in values}
    gps = {tag & 0xFFFF: value for tag, value in values.items() if tag > 0xFFFF}
    below = {tag: value for tag, value in values.items() if tag not in main and tag <= 0xFFFF}
    parts = {exif.EXIF_DIRECTORY: below} | ({exif.GPS_DIRECTORY: gps} if gps else {})
    at = 8 + len(_directory(main | dict.fromkeys(parts, 0), order, 8))
    places, rest = dict[int, Value](), b""
    for tag, part in parts.items():
        places[tag] = at + len(rest)
        rest += _directory(part, order, at + len(rest))
    return _start(order) + _directory(main | places, order, 8) + rest


def gps_block(values: Mapping[int, Value], order: str = "<") -> bytes:
    """A block whose only directory is that of GPS."""
    return _start(order) + _directory({tag & 0xFFFF: v for tag, v in values.items()}, order, 8)


def _start(order: str) -> bytes:
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)


def _directory(values: Mapping[int, Value], order: str, at: int) -> bytes:
    entries, data = b"", b""
    beyond = at + 2 + 12 * len(values) + 4
    for tag, value in sorted(values.items()):
        if isinstance(value, str):
            text = value.encode() + b"\0"
            place = struct.pack(order + "I", beyond + len(data))
            if len(text) <= 4:
                place = text.ljust(4, b"\0")
            else:
                data += text
            entries += struct.pack(order + "HHI", tag, 2, len(text)) + place
        elif isinstance(value, tuple):
            place = struct.pack(order + "I", beyond + len(data))
            entries += struct.pack(order + "HHI", tag, 5, len(value)) + place
            data += b"".join(struct.pack(order + "II", *each) for each in value)
        elif tag in (exif.EXIF_DIRECTORY, exif.GPS_DIRECTORY):
            entries += struct.pack(order + "HHII", tag, 4, 1, value)
        else:
            entries += struct.pack(order + "HHIHH", tag, 3, 1, value, 0)
    return struct.pack(order + "H", len(values)) + entries + b"\0" * 4 + data


def in_jpeg(jpeg: bytes, exif: bytes) -> bytes:
    segment = b"Exif\0\0" + exif
    return jpeg[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[2:]


def in_png(png: bytes, exif: bytes, name: bytes = b"eXIf") -> bytes:
    """In a chunk of this name."""
    chunk = name + exif
    whole = len(exif).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return png[:33] + whole + png[33:]


def in_old_png(png: bytes, exif: bytes, *, is_packed: bool = True) -> bytes:
    """As ImageMagick wrote it before PNG had a chunk for it."""
    digits = exif.hex()
    lines = [digits[at : at + 72] for at in range(0, len(digits), 72)]
    text = "\n".join(["", "exif", f"{len(exif):8}", *lines, ""]).encode()
    name = b"Raw profile type exif\0"
    if is_packed:
        return in_png(png, name + b"\0" + zlib.compress(text), b"zTXt")
    return in_png(png, name + text, b"tEXt")


def in_webp(webp: bytes, exif: bytes, width: int, height: int) -> bytes:
    """The picture in the extended file format, with the block at the end."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<IBxxx", 10, 0b1000) + size
    padding = b"\0" * (len(exif) % 2)
    rest = extended + webp[12:] + b"EXIF" + struct.pack("<I", len(exif)) + exif + padding
    return b"RIFF" + struct.pack("<I", len(rest) + 4) + b"WEBP" + rest
