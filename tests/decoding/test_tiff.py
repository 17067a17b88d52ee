"""TIFF of every kind is read right, or refused by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from imgsimd.decoding import decode
from imgsimd.decoding.turning import turned
from imgsimd.errors import BadPictureError, FaultKind
from tests.support.likeness import is_same, thumbnail_difference
from tests.support.odd_pictures import PixelArray, photo
from tests.support.odd_rasters import on_white, with_ellipse
from tests.support.odd_tiffs import (
    ORIENTATION,
    cmyk,
    deep,
    grey,
    lab,
    packed,
    picture_below,
    thumbnail_first,
    tiff,
)

PICTURE = photo()
GREY = np.repeat(grey(PICTURE)[..., None], 3, axis=2)
FRACTIONS = (PICTURE / 255).astype(np.float32)
EXTRA = np.zeros((*PICTURE.shape[:2], 2), np.uint8)

KINDS: dict[str, tuple[Callable[[], bytes], PixelArray]] = {
    "big-endian": (lambda: tiff(PICTURE, byteorder=">"), PICTURE),
    "BigTIFF": (lambda: tiff(PICTURE, bigtiff=True), PICTURE),
    "planes": (lambda: tiff(np.moveaxis(PICTURE, 2, 0), planarconfig="separate"), PICTURE),
    "16 bits": (lambda: tiff(deep(PICTURE, 16)), PICTURE),
    "16 bits, predictor": (
        lambda: tiff(deep(PICTURE, 16), compression="zlib", predictor=True),
        PICTURE,
    ),
    "32 bits": (lambda: tiff(PICTURE.astype(np.uint32) * 0x01010101), PICTURE),
    "signed": (lambda: tiff((PICTURE.astype(np.int16) - 128).astype(np.int8)), PICTURE),
    "fractions": (lambda: tiff(FRACTIONS), PICTURE),
    "fractions, predictor": (
        lambda: tiff(FRACTIONS, compression="zlib", predictor=True),
        PICTURE,
    ),
    "half precision": (lambda: tiff(FRACTIONS.astype(np.float16)), PICTURE),
    "double precision": (lambda: tiff(FRACTIONS.astype(np.float64)), PICTURE),
    "fractions up to 255": (lambda: tiff(PICTURE.astype(np.float32)), PICTURE),
    "fractions up to 65535": (lambda: tiff(PICTURE.astype(np.float32) * 257), PICTURE),
    "5 channels": (lambda: tiff(np.dstack([PICTURE, EXTRA]), extrasamples=(0, 0)), PICTURE),
    "CMYK": (lambda: tiff(cmyk(PICTURE), photometric="separated"), PICTURE),
    "CMYK of 16 bits": (lambda: tiff(deep(cmyk(PICTURE), 16), photometric="separated"), PICTURE),
    "CMYK with a selection": (
        lambda: tiff(np.dstack([cmyk(PICTURE), EXTRA[..., :1]]), photometric="separated",
                     extrasamples=(0,)),
        PICTURE,
    ),
    "ICC Lab": (
        lambda: tiff(lab(PICTURE) ^ np.array([0, 128, 128], np.uint8), photometric="icclab"),
        PICTURE,
    ),
    "Lab of 16 bits": (
        lambda: tiff(lab(PICTURE).astype(np.uint16) << 8, photometric="cielab"),
        PICTURE,
    ),
    "Lab": (lambda: tiff(lab(PICTURE), photometric="cielab"), PICTURE),
    "grey": (lambda: tiff(GREY[..., 0], photometric="minisblack"), GREY),
    "white is zero": (lambda: tiff(255 - GREY[..., 0], photometric="miniswhite"), GREY),
    "10 bits": (lambda: packed(deep(GREY[..., 0], 10), 10), GREY),
    "12 bits": (lambda: packed(deep(GREY[..., 0], 12), 12), GREY),
    "14 bits": (lambda: packed(deep(GREY[..., 0], 14), 14), GREY),
    "grey with an extra channel": (
        lambda: tiff(np.dstack([GREY[..., 0], EXTRA[..., 0]]), photometric="minisblack",
                     planarconfig="contig", extrasamples=(0,)),
        GREY,
    ),
    "thumbnail first": (lambda: thumbnail_first(PICTURE), PICTURE),
    "picture below": (lambda: picture_below(PICTURE), PICTURE),
}  # fmt: skip
"""How it is made, and what it shows."""
COMPRESSIONS = ["zlib", "adobe_deflate", "lzw", "packbits", "lzma", "zstd", "webp", "png",
                "jpeg2000", "jpegxl", "jpegxr", "lerc"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_tiff_shows_its_picture(kind: str) -> None:
    make, picture = KINDS[kind]
    content = make()
    assert is_same(content, picture)
    metadata = decode.metadata(content)
    assert (metadata.height, metadata.width) == picture.shape[:2]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_compression_shows_its_picture(compression: str) -> None:
    assert is_same(tiff(PICTURE, compression=compression), PICTURE)


@pytest.mark.parametrize("tile", [None, (128, 128)], ids=["strips", "tiles"])
def test_jpegs_in_a_tiff_have_the_right_colours(tile: tuple[int, int] | None) -> None:
    content = tiff(PICTURE, compression="jpeg", tile=tile, rowsperstrip=64)
    assert thumbnail_difference(content, PICTURE) < 3


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_of_a_few_bits_fills_the_whole_range(bits: int) -> None:
    levels = GREY[..., 0] >> (8 - bits)
    wanted = levels.astype(int) * 255 // (2**bits - 1)
    assert np.abs(decode.pixels(packed(levels, bits))[..., 0].astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("tile", [None, (128, 128)], ids=["strips", "tiles"])
def test_strips_and_tiles_are_turned_upright(
    orientation: int, tile: tuple[int, int] | None
) -> None:
    content = tiff(PICTURE, tile=tile, extratags=[(ORIENTATION, "H", 1, orientation, True)])
    assert np.array_equal(decode.pixels(content), turned(PICTURE, orientation))
    assert decode.metadata(content).orientation == orientation


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
@pytest.mark.parametrize("depth", [8, 16])
def test_transparency_is_shown_on_white(kind: str, depth: int) -> None:
    clear = with_ellipse(PICTURE)
    if kind == "assocalpha":
        clear[..., :3][clear[..., 3] == 0] = 0
    samples = deep(clear, 16) if depth == 16 else clear
    content = tiff(samples, extrasamples=[kind])
    assert np.abs(decode.pixels(content).astype(int) - on_white(with_ellipse(PICTURE))).max() <= 1


@pytest.mark.parametrize("compression", [32809, 34676, 9, 55555])
def test_a_compression_that_is_not_known_is_refused_by_name(compression: int) -> None:
    content = bytearray(tiff(PICTURE))
    at = content.index(b"\x03\x01\x03\x00\x01\x00\x00\x00")  # the tag Compression
    content[at + 8 : at + 10] = compression.to_bytes(2, "little")
    with pytest.raises(BadPictureError, match=f"TIFF with compression {compression}") as error:
        decode.pixels(bytes(content))
    assert error.value.kind == FaultKind.UNSUPPORTED


def test_a_broken_strip_is_no_black_picture() -> None:
    content = bytearray(tiff(PICTURE, compression="zlib", rowsperstrip=16))
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    with pytest.raises(BadPictureError):
        decode.pixels(bytes(content))


@pytest.mark.parametrize(("share", "read"), [(0.9, 0.9), (0.6, 0.6)])
def test_what_is_there_of_a_tiff_that_is_cut_off_is_shown(share: float, read: float) -> None:
    content = tiff(PICTURE, rowsperstrip=8)
    square = decode.squared(content[: int(share * len(content))], 224, "area")
    assert square.read == pytest.approx(read, abs=0.05)


def test_less_than_half_a_tiff_is_refused() -> None:
    content = tiff(PICTURE, rowsperstrip=8)
    with pytest.raises(BadPictureError, match="cut off") as error:
        decode.pixels(content[: int(0.3 * len(content))])
    assert error.value.kind == FaultKind.CUT_OFF


def test_a_vast_tiff_is_refused_from_its_header() -> None:
    content = bytearray(tiff(PICTURE))
    at = content.index(b"\x00\x01\x04\x00\x01\x00\x00\x00")  # the tag ImageWidth
    content[at + 8 : at + 12] = (60_000).to_bytes(4, "little")
    at = content.index(b"\x01\x01\x04\x00\x01\x00\x00\x00")  # the tag ImageLength
    content[at + 8 : at + 12] = (60_000).to_bytes(4, "little")
    with pytest.raises(BadPictureError, match="60,000 x 60,000"):
        decode.pixels(bytes(content))
