"""Pictures are shown upright, whatever container says how they must be turned, and however."""

from __future__ import annotations

import struct
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from imgsimd.decoding import decode, exif
from imgsimd.decoding.turning import turned
from tests.support.exif import block, in_jpeg, in_old_png, in_png, in_webp
from tests.support.jpeg_xl import jxl
from tests.support.odd_jpegs import jpeg, segment, with_segments
from tests.support.odd_pictures import PixelArray, avif, heic, photo
from tests.support.odd_tiffs import tiff
from tests.support.pictures import difference, encoded

PICTURE = photo(160, 120)
PREFIX = b"Exif\0\0"


def _block(orientation: int) -> bytes:
    return block({exif.MAKE: "ACME Cameras", exif.ORIENTATION: orientation})


def _lossless(picture: PixelArray, suffix: str) -> bytes:
    return encoded(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR).astype(np.uint8), suffix)


def _png(start: bytes) -> Callable[[int], bytes]:
    return lambda number: in_png(_lossless(PICTURE, ".png"), start + _block(number))


def _old_png(*, is_packed: bool) -> Callable[[int], bytes]:
    png = _lossless(PICTURE, ".png")
    return lambda number: in_old_png(png, PREFIX + _block(number), is_packed=is_packed)


def _webp(start: bytes) -> Callable[[int], bytes]:
    return lambda number: in_webp(
        _lossless(PICTURE, ".webp"), start + _block(number), *PICTURE.shape[1::-1]
    )


def _tiff(**options: object) -> Callable[[int], bytes]:
    return lambda number: tiff(
        PICTURE, photometric="rgb", extratags=[(274, 3, 1, number, True)], **options
    )


CONTAINERS: dict[str, Callable[[int], bytes]] = {
    "JPEG": lambda number: in_jpeg(jpeg(PICTURE), _block(number)),
    "JPEG, behind 200 kB": lambda number: with_segments(
        jpeg(PICTURE),
        *[segment(0xE2, b"MPF\0" + bytes(50_000))] * 4,
        segment(0xE1, PREFIX + _block(number)),
    ),
    "PNG": _png(b""),
    "PNG with prefix": _png(PREFIX),
    "PNG of old": _old_png(is_packed=True),
    "PNG of old, not packed": _old_png(is_packed=False),
    "WebP": _webp(b""),
    "WebP with prefix": _webp(PREFIX),
    "TIFF in strips": _tiff(rowsperstrip=16),
    "TIFF in tiles": _tiff(tile=(64, 64)),
    "TIFF with deflate": _tiff(compression="zlib", tile=(32, 64)),
    "AVIF": lambda number: avif(PICTURE, exif=_block(number)),
    "HEIC": lambda number: heic(PICTURE, exif=_block(number)),
    "JPEG XL": lambda number: jxl(PICTURE, orientation=number),
}
"""Each is PICTURE with an orientation."""


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_a_picture_is_turned_as_its_container_says(
    container: Callable[[int], bytes], orientation: int
) -> None:
    content = container(orientation)
    upright = turned(PICTURE, orientation)
    shown = decode.pixels(content)
    assert shown.shape == upright.shape
    assert difference(shown, upright) < 5
    metadata = decode.metadata(content)
    assert (metadata.height, metadata.width) == upright.shape[:2]
    assert metadata.orientation == orientation


def _entry(order: str, tag: int, kind: int, count: int, value: int) -> bytes:
    """A tag of a number; its place has four bytes."""
    how = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}.get(kind, "I")
    return struct.pack(f"{order}HHI", tag, kind, count) + struct.pack(order + how, value).ljust(
        4, b"\0"
    )


def _directory(order: str, *entries: bytes, at: int = 8) -> bytes:
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", at)
    return start.ljust(at, b"\0") + struct.pack(f"{order}H", len(entries)) + b"".join(entries)


SIX = (exif.ORIENTATION, 3, 1, 6)
ENTRIES: dict[str, tuple[tuple[int, int, int, int], ...]] = {
    **{f"of type {kind}": ((exif.ORIENTATION, kind, 1, 6),) for kind in (1, 3, 4, 6, 8, 9)},
    "twice": (SIX, (exif.ORIENTATION, 3, 1, 1)),
    "behind a text beyond the end": ((exif.MAKE, 2, 20, 9999), SIX),
    "behind a text of 4 GiB": ((exif.MAKE, 2, 2**32 - 1, 26), SIX),
    "behind a text without length": ((exif.MAKE, 2, 0, 0), SIX),
    "behind an unknown type": ((exif.MAKE, 99, 4, 9999), SIX),
    "behind a width of 4 GiB": ((exif.WIDTH, 3, 2**32 - 1, 9999), SIX),
    "behind a directory beyond the end": ((exif.EXIF_DIRECTORY, 4, 1, 2**32 - 1), SIX),
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("entries", ENTRIES.values(), ids=ENTRIES)
def test_the_orientation_is_found_among_bad_tags(
    entries: tuple[tuple[int, int, int, int], ...], order: str
) -> None:
    made = [_entry(order, *each) for each in entries]
    for at in (8, 9, 26):
        written = _directory(order, *made, at=at)
        assert decode.metadata(in_jpeg(jpeg(PICTURE), written)).orientation == 6


def test_the_first_exif_block_counts_and_xmp_does_not() -> None:
    blocks = [segment(0xE1, PREFIX + written) for written in (b"", _block(6), _block(8))]
    xmp = segment(0xE1, b'http://ns.adobe.com/xap/1.0/\0<rdf:Description tiff:Orientation="3"/>')
    content = jpeg(PICTURE)
    assert decode.metadata(with_segments(content, xmp, *blocks)).orientation == 6
    assert decode.metadata(with_segments(content, xmp)).orientation == 1


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_number_that_is_no_orientation_is_ignored(orientation: int) -> None:
    content = in_jpeg(jpeg(PICTURE), _block(orientation))
    assert decode.metadata(content).orientation == 1
    assert decode.pixels(content).shape == PICTURE.shape
