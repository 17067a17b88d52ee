"""Writes a picture as Sixel graphics (DEC STD 070, chapter 9; the VT330/VT340 manual, chapter 14).

A sixel is six pixels below each other; a band of them is written colour by colour.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

COLOURS = 256
"""How many colours a picture is reduced to: as many as a VT340's successors have."""
BAND = 6
_LETTERS = bytes((bits + ord("?")) % 256 for bits in range(256))
"""The letter of each sixel by its bits, the topmost pixel being 1."""
_REPEATED = re.compile(rb"(.)\1{3,}")


def encoded(image: Image) -> bytes:
    """The escape sequence that draws an RGB picture, its top left corner at the cursor."""
    from PIL.Image import Quantize  # only where pictures are shown

    reduced = image.quantize(COLOURS, Quantize.FASTOCTREE)  # the others take 10 ms
    width, height = reduced.size
    pixels, bands = reduced.tobytes(), range(0, height, BAND)
    drawn = b"-".join(_band(pixels[top * width : (top + BAND) * width], width) for top in bands)
    used = sorted(set(pixels))
    palette = reduced.getpalette() or []
    colours = b"".join(_colour(number, palette[3 * number : 3 * number + 3]) for number in used)
    return b'\x1bP0;1q"1;1;%d;%d' % (width, height) + colours + drawn + b"\x1b\\"


def _colour(number: int, rgb: list[int]) -> bytes:
    """Defines a colour, in percent."""
    return b"#%d;2;%d;%d;%d" % (number, *(round(value * 100 / 255) for value in rgb))


def _band(pixels: bytes, width: int) -> bytes:
    """Up to six rows of pixels."""
    sixels = {number: bytearray(width) for number in set(pixels)}
    for row, start in enumerate(range(0, len(pixels), width)):
        for column, number in enumerate(pixels[start : start + width]):
            sixels[number][column] |= 1 << row
    return b"$".join(b"#%d" % number + _letters(drawn) for number, drawn in sixels.items())


def _letters(sixels: bytearray) -> bytes:
    return _REPEATED.sub(_counted, sixels.rstrip(b"\0").translate(_LETTERS))


def _counted(same: re.Match[bytes]) -> bytes:
    return b"!%d%s" % (len(same[0]), same[1])
