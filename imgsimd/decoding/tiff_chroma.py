"""Decodes strips of YCbCr in which several pixels share a colour (TIFF 6.0, section 21).

tifffile reads these only where they are compressed as JPEG.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from tifffile import COMPRESSION, PHOTOMETRIC, TIFF, TiffPage

from imgsimd.decoding import faults

_SUBSAMPLING = 530
_JPEGS = {COMPRESSION.JPEG, COMPRESSION.OJPEG, COMPRESSION.ALT_JPEG}
"""Their decoder gives RGB."""

Strip: TypeAlias = tuple[
    NDArray[np.uint8] | None, tuple[int, int, int, int, int], tuple[int, int, int, int]
]
"""As tifffile's functions give one: the numbers, where they belong in the page, and their shape."""


def is_ycbcr(page: TiffPage) -> bool:
    """Whether the page's samples are YCbCr when they are decoded."""
    return page.photometric == PHOTOMETRIC.YCBCR and page.compression not in _JPEGS


def is_subsampled(page: TiffPage) -> bool:
    """Whether it is one of these; several sizes mean the usual one if the page says nothing."""
    return is_ycbcr(page) and _block(page) != (1, 1)


def check(page: TiffPage) -> None:
    """Raises BadPictureError for a page that is one of these but cannot be read."""
    is_plain = page.planarconfig == 1 and page.samplesperpixel == 3 and page.predictor == 1
    if page.is_tiled or page.bitspersample != 8 or not is_plain or min(_block(page)) < 1:
        raise faults.unsupported("TIFF with a rare kind of YCbCr")


def decoder(page: TiffPage) -> Callable[..., Strip]:
    """A function that takes a strip as it is stored, or None, and its number."""

    def decode(data: bytes | None, index: int, /, **_options: object) -> Strip:
        first = index * page.rowsperstrip
        rows = min(page.rowsperstrip, page.imagelength - first)
        place, shape = (0, 0, first, 0, 0), (1, rows, page.imagewidth, 3)
        return (None if data is None else _pixels(page, data, rows)[None]), place, shape

    return decode


def _block(page: TiffPage) -> tuple[int, int]:
    """How many columns and rows share a colour."""
    wide, high = page.tags.valueof(_SUBSAMPLING, (2, 2))
    return int(wide), int(high)


def _pixels(page: TiffPage, data: bytes, rows: int) -> NDArray[np.uint8]:
    """[rows, width, 3]. A block has all its brightnesses, and then one Cb and one Cr."""
    wide, high = _block(page)
    down, across = -(-rows // high), -(-page.imagewidth // wide)
    size = down * across * (wide * high + 2)
    if page.compression != COMPRESSION.NONE:
        data = TIFF.DECOMPRESSORS[page.compression](data, out=size)
    blocks = np.frombuffer(data, np.uint8, size).reshape(down, across, wide * high + 2)
    light = blocks[..., :-2].reshape(down, across, high, wide).swapaxes(1, 2)
    colours = blocks[..., -2:].repeat(high, axis=0).repeat(wide, axis=1)
    whole = np.dstack([light.reshape(down * high, across * wide), colours])
    return np.ascontiguousarray(whole[:rows, : page.imagewidth])
