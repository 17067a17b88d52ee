"""Decodes the strips or tiles of a TIFF's page, of which some may be missing or damaged."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tifffile import COMPRESSION, PHOTOMETRIC, TiffPage

from imgsimd.decoding import faults
from imgsimd.decoding.tiff_colours import Samples
from imgsimd.errors import BadPictureError

_ENOUGH = 0.5
"""A picture of which less can be decoded is refused."""
_WHITE_IS_MOST = {PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.RGB, PHOTOMETRIC.YCBCR}
"""In most other colours, 0 is white."""


class Strips:
    """The strips or tiles of one page; those that cannot be decoded are left white."""

    def __init__(self, page: TiffPage, content: bytes) -> None:
        """Raises ValueError if the page has none."""
        self._page = page
        self._content = content
        self._places = _places(page, len(content))
        self._sizes = [max(0, min(len(content) - at, count)) for at, count in self._places]
        self._lost: dict[int, float] = {}
        """The share that is missing of each strip that is not whole."""

    def decoded(self) -> tuple[Samples, float]:
        """All samples, and the share of the page that could be decoded. Raises BadPictureError if
        that is too little."""
        page = self._page
        page.dataoffsets = tuple(at for at, _ in self._places)
        page.databytecounts = tuple(count for _, count in self._places)
        page.nodata = _white(page)
        if self._is_cut_off():
            page.is_contiguous = False  # otherwise tifffile reads all strips as one
        page.decode = self._tolerant(page.decode)
        samples: Samples = page.asarray(maxworkers=1)
        read = 1 - sum(self._lost.values()) / max(1, math.prod(page.chunked))
        if read < _ENOUGH:
            raise self._refused(read)
        return samples, read

    def _is_cut_off(self) -> bool:
        return any(size < count for size, (_, count) in zip(self._sizes, self._places, strict=True))

    def _tolerant(self, strict: Callable[..., Any]) -> Callable[..., Any]:
        """Decodes nothing, as white, where `strict`, which is tifffile's function, raises."""

        def decode(data: bytes | None, index: int, /, **options: Any) -> Any:
            if data is None:
                self._lost[index] = 1
            elif self._page.compression == COMPRESSION.NONE:
                data = self._filled(data, index)
            try:
                return strict(data, index, **options)
            except MemoryError:
                raise
            except Exception:  # tifffile's codecs raise whatever they come upon
                self._lost[index] = 1
                return strict(None, index, **options)

        return decode

    def _filled(self, data: bytes, index: int) -> bytes:
        """A strip that is not compressed, with white for the part that the file ends before."""
        count = self._places[index][1]
        if len(data) < count:
            self._lost[index] = 1 - len(data) / count
        return data.ljust(min(count, _largest(self._page)), b"\xff" if self._page.nodata else b"\0")

    def _refused(self, read: float) -> BadPictureError:
        if self._is_cut_off():
            return faults.cut_off(sum(self._sizes) / max(1, sum(n for _, n in self._places)))
        return faults.damaged(self._content, read or None)


def _places(page: TiffPage, size: int) -> list[tuple[int, int]]:
    """Where each strip begins, and how many bytes it has; up to the next one, or to the end of the
    file of this size, where the page does not say that."""
    offsets = page.dataoffsets[: max(1, math.prod(page.chunked))]
    if not offsets:
        raise ValueError("the page has no pixels")
    counts = [*page.databytecounts[: len(offsets)]]
    counts += [0] * (len(offsets) - len(counts))
    if not all(counts):
        starts = [*sorted(set(offsets)), size]
        after = dict(pairwise(starts))
        counts = [
            count or (after[at] - at if at else 0)
            for at, count in zip(offsets, counts, strict=True)
        ]
    return list(zip(offsets, counts, strict=True))


def _largest(page: TiffPage) -> int:
    """Bytes of a strip or tile that is not compressed, or more."""
    rows, columns = page.rowsperstrip, page.imagewidth
    if page.is_tiled:
        rows, columns = page.tilelength, page.tilewidth
    return min(rows, page.imagelength) * columns * page.samplesperpixel * 8


def _white(page: TiffPage) -> float:
    if page.photometric not in _WHITE_IS_MOST:
        return 0
    if page.dtype is None or page.dtype.kind == "f":
        return 1
    bits = int(page.bitspersample)
    return float(2 ** (bits - (page.dtype.kind == "i")) - 1)
