"""Photoshop's files, PSD and PSB (Adobe Photoshop File Formats Specification)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

BITMAP, GREY, INDEXED, RGB, CMYK, MULTICHANNEL, LAB = 0, 1, 2, 3, 4, 7, 9
"""Colour modes."""
LAYERS_WITH_TRANSPARENCY = struct.pack(">Ih", 4, -1) + bytes(2)
"""A section of layers; that their number is negative says that the composite is transparent."""
NO_COMPOSITE = {1057: b"\0\0\0\1\0"}
"""The resource by which Photoshop says so."""


def psd(
    channels: NDArray[Any],
    mode: int = RGB,
    *,
    is_packed: bool = True,
    is_large: bool = False,
    palette: bytes = b"",
    resources: Mapping[int, bytes] = {},
    layers: bytes = b"",
) -> bytes:
    """A file with this composite, [channels, height, width], of numbers as they are stored: of 8,
    16 or 32 bits, or packed bits for BITMAP (whose width is then a multiple of 8)."""
    count, height, width = channels.shape
    bits = channels.dtype.itemsize * 8
    if mode == BITMAP:
        bits, width = 1, width * 8
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1 + is_large, count, height, width, bits, mode)
    stored = b"".join(_resource(number, content) for number, content in resources.items())
    return b"".join([
        head, _section(palette, ">I"), _section(stored, ">I"),
        _section(layers, ">Q" if is_large else ">I"),
        _packed(channels, is_large) if is_packed else b"\0\0" + _big_endian(channels).tobytes(),
    ])  # fmt: skip


def planes(picture: NDArray[Any]) -> NDArray[Any]:
    """[channels, height, width] of [height, width, channels]."""
    return np.moveaxis(picture, 2, 0)


def _big_endian(numbers: NDArray[Any]) -> NDArray[Any]:
    return numbers.astype(numbers.dtype.newbyteorder(">"))


def _section(content: bytes, length: str) -> bytes:
    return struct.pack(length, len(content)) + content


def _resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">H2xI", number, len(content)) + content + bytes(len(content) % 2)


def _packed(channels: NDArray[Any], is_large: bool) -> bytes:
    """Each row by PackBits, after a table of their lengths."""
    rows = [_pack_bits(row.tobytes()) for channel in _big_endian(channels) for row in channel]
    table = np.array([len(row) for row in rows], ">u4" if is_large else ">u2")
    return b"\0\1" + table.tobytes() + b"".join(rows)


def _pack_bits(row: bytes) -> bytes:
    """Runs of equal bytes, and others one by one."""
    packed = bytearray()
    at = 0
    while at < len(row):
        run = 1
        while run < 128 and row[at : at + 1] == row[at + run : at + run + 1]:
            run += 1
        packed += bytes([257 - run if run > 1 else 0, row[at]])
        at += run
    return bytes(packed)
