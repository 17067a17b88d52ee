"""Decodes the strips or tiles of a TIFF's page, of which some may be missing or damaged."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import imagecodecs
from tifffile import COMPRESSION, PHOTOMETRIC, SAMPLEFORMAT, TiffPage

from imgsimd.decoding import faults, tiff_chroma
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
        is_subsampled = tiff_chroma.is_subsampled(page)
        if is_subsampled or self._is_cut_off():
            page.is_contiguous = False  # otherwise tifffile reads all strips as one
        page.decode = self._tolerant(tiff_chroma.decoder(page) if is_subsampled else page.decode)
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
            if data and self._sizes[index] < self._places[index][1]:  # some codecs make up the rest
                self._lost[index] = 1 - len(data) / self._places[index][1]
            for attempt in (lambda strip: strip, partial(self._repaired, index=index)):
                try:
                    strip = attempt(data) if data else None
                    if strip is not None:
                        return strict(strip, index, **options)
                except Exception as error:  # tifffile's codecs raise whatever they come upon
                    if isinstance(error, MemoryError):
                        raise
            self._lost[index] = 1
            return strict(None, index, **options)

        return decode

    def _repaired(self, data: bytes, index: int) -> bytes | None:
        """A strip that lacks its end, or has more than belongs to it, as one that is right, with
        white for what is missing; None where that cannot be done."""
        page = self._page
        codec = _CODECS.get(page.compression)
        if codec is None or page.fillorder != 1 or tiff_chroma.is_subsampled(page):
            return None
        is_cut_off = self._sizes[index] < self._places[index][1]
        if not is_cut_off and not codec.notices_damage:
            return None
        size = _stored_bytes(page, index)
        part = codec.decode(data, size)
        if len(part) < size and (page.predictor != 1 or page.sampleformat != SAMPLEFORMAT.UINT):
            return None
        self._lost[index] = 1 - len(part) / size
        return codec.encode(part.ljust(size, b"\xff" if page.nodata else b"\0"))

    def _refused(self, read: float) -> BadPictureError:
        if self._is_cut_off():
            stored = sum(self._sizes) / max(1, sum(count for _, count in self._places))
            return faults.cut_off(stored or None)
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


def _stored_bytes(page: TiffPage, index: int) -> int:
    """Of the strip or tile of this number, when it is not compressed."""
    rows, columns = page.tilelength, page.tilewidth
    if not page.is_tiled:
        rows, columns = page.rowsperstrip, page.imagewidth
        first = index * rows % (-(-page.imagelength // rows) * rows)
        rows = min(rows, page.imagelength - first)
    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    return rows * -(-columns * samples * int(page.bitspersample) // 8)


def _inflated(data: bytes, size: int) -> bytes:
    """At most so many bytes; a missing end is no fault."""
    return zlib.decompressobj().decompress(data, size)


class _Codec(NamedTuple):
    """A compression of which the beginning of a strip can be decoded."""

    decode: Callable[[bytes, int], bytes]
    """Takes a strip, and how many bytes are wanted at most."""
    encode: Callable[[bytes], bytes]
    notices_damage: bool = True
    """Whether `decode` raises where the beginning of the strip is damaged."""


_ZLIB = _Codec(_inflated, partial(zlib.compress, level=0))
_CODECS: dict[int, _Codec] = {
    COMPRESSION.NONE: _Codec(lambda data, size: data[:size], bytes),
    COMPRESSION.ADOBE_DEFLATE: _ZLIB,
    COMPRESSION.DEFLATE: _ZLIB,
    COMPRESSION.LZW: _Codec(
        lambda data, size: bytes(imagecodecs.lzw_decode(data, out=size)),
        lambda data: bytes(imagecodecs.lzw_encode(data)),
        notices_damage=False,
    ),
    COMPRESSION.PACKBITS: _Codec(
        lambda data, size: bytes(imagecodecs.packbits_decode(data))[:size],
        lambda data: bytes(imagecodecs.packbits_encode(data)),
    ),
}


def _white(page: TiffPage) -> float:
    if page.photometric not in _WHITE_IS_MOST:
        return 0
    if tiff_chroma.is_ycbcr(page):
        return 128
    if page.dtype is None or page.dtype.kind == "f":
        return 1
    bits = int(page.bitspersample)
    return float(2 ** (bits - (page.dtype.kind == "i")) - 1)
