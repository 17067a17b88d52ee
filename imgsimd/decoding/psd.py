"""Decodes the composite of Photoshop's files, PSD and PSB. Runs in the worker only: this is
untrusted input.

The composite is the whole picture as Photoshop shows it. Pillow reads neither PSB nor 16 or 32
bits, and takes a saved selection for transparency.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgsimd.decoding import colour, faults, psd_file
from imgsimd.decoding.headers import Header
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.psd_file import PsdFile
from imgsimd.decoding.transparency import on_white


class _Mode(IntEnum):
    """Ways to store colours."""

    BITMAP = 0
    GREY = 1
    INDEXED = 2
    RGB = 3
    CMYK = 4
    DUOTONE = 8
    """Shown in grey, as the specification recommends."""
    LAB = 9


_COLOURS: dict[int, int] = {**dict.fromkeys(_Mode, 1), _Mode.RGB: 3, _Mode.CMYK: 4, _Mode.LAB: 3}
"""How many channels they have."""
_BITS: dict[int, set[_Mode]] = {
    1: {_Mode.BITMAP},
    8: set(_Mode) - {_Mode.BITMAP},
    16: {_Mode.GREY, _Mode.RGB, _Mode.CMYK, _Mode.DUOTONE, _Mode.LAB},
    32: {_Mode.GREY, _Mode.RGB},
}
"""In which of these ways numbers of so many bits are used."""
_RAW, _PACKED = 0, 1
"""Compressions: none, and each row by PackBits. Photoshop uses no others for the composite."""
_ENOUGH = 0.5
"""A picture of which less was stored is refused."""
_ROUNDING = 3
"""So many of 255 steps may be lost where a picture is mixed with white."""
_STRAY = 0.01
"""So many of the pixels may be beyond that."""


def header(content: bytes) -> Header:
    """The size is at the start; EXIF and the profile are among the resources."""
    file = psd_file.parsed(content)
    exif = file.resources.get(psd_file.EXIF, b"").removeprefix(b"Exif\0\0")
    return Header(file.width, file.height, exif, file.resources.get(psd_file.PROFILE, b""))


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The composite, transparency on white; RGB and grey are in the file's own profile, but for
    those of 32 bits. Raises BadPictureError."""
    file = psd_file.parsed(content)
    _check(file, content)
    rows = _Rows(content, file)
    count = _COLOURS[file.mode]
    there = rows.there(count)
    read = there / file.height
    if read < _ENOUGH:
        raise faults.cut_off(read or None)
    channels = [_eight_bits(rows.channel(number, there), file) for number in range(count)]
    shown = _rgb(file, channels)
    if file.channels > count and file.has_transparency() and rows.there(count + 1) >= there:
        shown = _on_white(shown, _eight_bits(rows.channel(count, there), file))
    return Picture(_filled(shown, file.height), profile=_profile(file), read=read)


def _filled(shown: Pixels, height: int) -> Pixels:
    """White below what was read."""
    missing = height - len(shown)
    if not missing:
        return shown
    return np.concatenate([shown, np.full((missing, *shown.shape[1:]), 255, np.uint8)])


def _profile(file: PsdFile) -> bytes | None:
    """None: that of the file. CMYK, Lab and fractions have become sRGB."""
    is_srgb = file.mode in (_Mode.CMYK, _Mode.LAB) or file.bits == 32
    return b"" if is_srgb else None


def _check(file: PsdFile, content: bytes) -> None:
    """Raises BadPictureError for what cannot be read."""
    if not file.width or not file.height:
        raise faults.damaged(content)
    if file.mode not in _BITS.get(file.bits, ()):
        raise faults.unsupported(f"Photoshop with {file.bits} bits in colours of mode {file.mode}")
    if file.channels < _COLOURS[file.mode]:
        raise faults.damaged(content)
    if file.lacks_composite():
        raise faults.unsupported(
            "Photoshop without a composite; saving it with maximised compatibility adds one"
        )


class _Rows:
    """The rows of the composite, all of a channel after all of the one before."""

    def __init__(self, content: bytes, file: PsdFile) -> None:
        start = file.composite + 2
        self._content = content
        self._height = file.height
        self._row_bytes = (file.width * file.bits + 7) // 8
        self._is_packed = _is_packed(content, file.composite)
        self._ends: range | NDArray[np.int64]
        """Where the first row begins, and where each one ends."""
        if self._is_packed:
            self._ends = _packed_ends(content, start, file)
        else:
            count = file.channels * file.height
            self._ends = range(start, start + (count + 1) * self._row_bytes, self._row_bytes)

    def there(self, channels: int) -> int:
        """So many rows are in the file in each of the first channels."""
        there = bisect_right(self._ends, len(self._content)) - 1
        return min(max(there - (channels - 1) * self._height, 0), self._height)

    def channel(self, number: int, rows: int) -> NDArray[np.uint8]:
        """The first rows of a channel, which are there: [rows, bytes]."""
        first = number * self._height
        data = self._content[self._ends[first] : self._ends[first + rows]]
        size = self._row_bytes, rows
        if not self._is_packed:
            return np.frombuffer(data, np.uint8).reshape(size[::-1])
        try:
            return np.asarray(Image.frombytes("L", size, data, "packbits", "L"))
        except ValueError as error:
            raise faults.damaged(self._content) from error


def _packed_ends(content: bytes, start: int, file: PsdFile) -> NDArray[np.int64]:
    """As the table says that comes before the rows."""
    number = np.dtype(">u4" if file.is_large else ">u2")
    end = start + number.itemsize * file.channels * file.height
    table = content[start:end]
    sizes = np.frombuffer(table, number, len(table) // number.itemsize)
    return np.concatenate([[end], end + np.cumsum(sizes, dtype=np.int64)])


def _is_packed(content: bytes, at: int) -> bool:
    compression = int.from_bytes(content[at : at + 2], "big")
    if compression not in (_RAW, _PACKED):
        raise faults.unsupported(f"Photoshop with compression {compression}")
    return compression == _PACKED


def _eight_bits(rows: NDArray[np.uint8], file: PsdFile) -> NDArray[np.uint8]:
    """The full range of a channel's numbers as 0 to 255, [rows, width]."""
    if file.bits == 1:
        return (1 - np.unpackbits(rows, axis=1, count=file.width)) * np.uint8(255)
    if file.bits == 16:
        numbers = rows.view(">u2").astype(np.uint16)
        return cv2.convertScaleAbs(numbers, alpha=255 / 65535).astype(np.uint8, copy=False)
    if file.bits == 32:
        return _from_light(rows.view(">f4").astype(np.float32))
    return rows


def _from_light(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Photoshop's numbers with a fraction are proportional to light, and white is 1. With sRGB's
    curve (IEC 61966-2-1) dark colours keep more of their differences."""
    light = np.nan_to_num(light).clip(0, 1)
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    levels: NDArray[np.uint8] = np.rint(curved * 255).astype(np.uint8)
    return levels


def _rgb(file: PsdFile, channels: list[NDArray[np.uint8]]) -> Pixels:
    numbers = np.dstack(channels)
    profile = file.resources.get(psd_file.PROFILE, b"")
    match file.mode:
        case _Mode.INDEXED:
            return _from_palette(file, channels[0])
        case _Mode.CMYK:
            return colour.cmyk_to_srgb(255 - numbers, profile)
        case _Mode.LAB:
            return colour.lab_to_srgb(numbers ^ np.array([0, 0x80, 0x80], np.uint8))
    return numbers if numbers.shape[2] == 3 else np.repeat(numbers, 3, axis=2)


def _from_palette(file: PsdFile, numbers: NDArray[np.uint8]) -> Pixels:
    """The palette has all reds, then all greens, then all blues."""
    palette = np.frombuffer(file.palette[:768].ljust(768, b"\0"), np.uint8).reshape(3, 256).T.copy()
    transparent = int.from_bytes(file.resources.get(psd_file.TRANSPARENT_INDEX, b"\xff\xff"), "big")
    if transparent < 256:
        palette[transparent] = 255
    pixels: Pixels = palette[numbers]
    return pixels


def _on_white(shown: Pixels, alpha: NDArray[np.uint8]) -> Pixels:
    """Photoshop has mixed the composite with white already; some other programs have not, which
    shows where something transparent is darker than that could be."""
    least = cv2.bitwise_not(alpha)
    is_darker = cv2.subtract(least, shown.min(axis=2)) > _ROUNDING
    return on_white(shown, alpha) if is_darker.mean() > _STRAY else shown
