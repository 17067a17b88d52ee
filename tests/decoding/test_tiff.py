"""TIFF of every kind is read right, or refused by name."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgsimd.decoding import decode
from imgsimd.decoding.turning import turned
from imgsimd.errors import BadPictureError, FaultKind
from tests.support.embedding import embed, embedding
from tests.support.likeness import distance, is_same, thumbnail_difference
from tests.support.odd_pictures import PixelArray, photo
from tests.support.odd_rasters import on_white, with_ellipse
from tests.support.odd_tiffs import (
    BYTE_COUNTS,
    HEIGHT,
    ORIENTATION,
    PHOTOMETRIC,
    WIDTH,
    cmyk,
    deep,
    fax,
    grey,
    lab,
    old_jpeg,
    packed,
    picture_below,
    strip,
    thumbnail_first,
    tiff,
    with_tag,
    ycbcr,
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
                "jpeg2000", "jpegxl", "lerc"]  # fmt: skip


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


async def test_every_kind_is_read_in_the_sandbox_where_nothing_can_be_loaded() -> None:
    contents = {kind: make() for kind, (make, _) in KINDS.items()}
    contents |= {each: tiff(PICTURE, compression=each) for each in [*COMPRESSIONS, "jpeg"]}
    contents |= {each: fax(GREY[..., 0] > 100, each) for each in ("group3", "group4")}
    async with embedding() as embedder:
        answers = {kind: await embed(embedder, content) for kind, content in contents.items()}
    assert {kind: each for kind, each in answers.items() if isinstance(each, str)} == {}


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_faxes_are_shown(compression: str) -> None:
    is_white = GREY[..., 0] > 100
    assert np.array_equal(decode.pixels(fax(is_white, compression))[..., 0] == 255, is_white)


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


@pytest.mark.parametrize("compression", [32809, 34676, 34934, 22610, 9, 55555])
def test_a_compression_that_is_not_known_is_refused_by_name(compression: int) -> None:
    content = bytearray(tiff(PICTURE))
    at = content.index(b"\x03\x01\x03\x00\x01\x00\x00\x00")  # the tag Compression
    content[at + 8 : at + 10] = compression.to_bytes(2, "little")
    with pytest.raises(BadPictureError, match=f"TIFF with compression {compression}") as error:
        decode.pixels(bytes(content))
    assert error.value.kind == FaultKind.UNSUPPORTED


def test_a_broken_strip_is_white_and_counts_as_missing() -> None:
    content = bytearray(tiff(PICTURE, compression="zlib", rowsperstrip=16))
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    assert 0.8 < decode.squared(bytes(content), 224, "area").read < 1
    shown = decode.pixels(bytes(content))
    is_lost = (shown == 255).all(axis=(1, 2))
    assert is_lost.sum() in (16, 32)
    assert np.array_equal(shown[~is_lost], PICTURE[~is_lost])


def test_a_tiff_of_broken_strips_is_refused() -> None:
    content = bytearray(tiff(PICTURE, compression="zlib", rowsperstrip=16))
    for at in range(400, len(content) - 400, 400):
        content[at : at + 100] = bytes(100)
    with pytest.raises(BadPictureError, match="damaged") as error:
        decode.pixels(bytes(content))
    assert error.value.kind == FaultKind.DAMAGED


@pytest.mark.parametrize("compression", [None, "lzw"])
def test_strips_whose_lengths_are_not_told_are_found(compression: str | None) -> None:
    content = tiff(PICTURE, compression=compression, rowsperstrip=16)
    for count in (0, None):
        changed = with_tag(content, BYTE_COUNTS, count)
        assert np.array_equal(decode.pixels(changed), PICTURE)


def test_a_tiff_that_does_not_say_its_colours_has_the_usual_ones() -> None:
    for stored, shown in ((PICTURE, PICTURE), (GREY[..., 0], GREY)):
        kind = "rgb" if stored.ndim == 3 else "minisblack"
        content = with_tag(tiff(stored, photometric=kind), PHOTOMETRIC, None)
        assert np.array_equal(decode.pixels(content), shown)


def test_a_jpeg_right_behind_the_header_does_not_make_a_tiff_a_jpeg() -> None:
    file = io.BytesIO()
    Image.fromarray(PICTURE).save(file, "TIFF", compression="jpeg", quality=95)
    assert file.getvalue().index(b"\xff\xd8\xff") < 32
    assert decode.metadata(file.getvalue()).format == "TIFF"
    assert is_same(file.getvalue(), PICTURE)


@pytest.mark.parametrize("block", [(2, 2), (2, 1), (1, 2), (4, 2)])
@pytest.mark.parametrize("compression", [1, 8])
def test_pixels_that_share_a_colour_are_shown(block: tuple[int, int], compression: int) -> None:
    assert thumbnail_difference(ycbcr(PICTURE, *block, compression), PICTURE) < 3


def test_a_strip_with_more_rows_than_the_picture_is_cut() -> None:
    samples = PICTURE.tobytes() + bytes(3 * 480 * 7)
    assert np.array_equal(decode.pixels(strip(samples, PICTURE.shape, 8)), PICTURE)


@pytest.mark.parametrize("compression", ["zlib", "lzw", "jpeg"])
def test_the_part_of_a_packed_strip_that_is_there_is_shown(compression: str) -> None:
    content = tiff(PICTURE, compression=compression, rowsperstrip=PICTURE.shape[0])
    cut = content[: int(0.8 * len(content))]
    assert 0.7 < decode.squared(cut, 224, "area").read < 0.9
    assert np.abs(decode.pixels(cut)[:240].astype(int) - PICTURE[:240]).mean() < 3


def test_an_old_jpeg_in_one_piece_is_shown() -> None:
    assert thumbnail_difference(old_jpeg(PICTURE), PICTURE) < 3


def test_the_part_of_a_long_strip_that_is_there_is_shown() -> None:
    content = tiff(PICTURE, rowsperstrip=PICTURE.shape[0])
    cut = content[: int(0.7 * len(content))]
    assert decode.squared(cut, 224, "area").read == pytest.approx(0.7, abs=0.02)
    assert np.array_equal(decode.pixels(cut)[:240], PICTURE[:240])


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        (FRACTIONS * 1.2, "bright"),
        (FRACTIONS * 3000 - 400, "stretched"),
        (PICTURE.astype(np.uint32), "in 8 of 32 bits"),
        (PICTURE.astype(np.uint32) * 257, "in 16 of 32 bits"),
    ],
    ids=str,
)
def test_numbers_of_another_range_are_neither_black_nor_white(
    numbers: NDArray[Any], shown: str
) -> None:
    content = tiff(numbers)
    assert distance(content, PICTURE) < 0.5, shown
    assert abs(decode.pixels(content).mean() - PICTURE.mean()) < 40, shown


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


@pytest.mark.parametrize("tag", [WIDTH, HEIGHT])
@pytest.mark.parametrize("compression", [None, *COMPRESSIONS])
def test_a_page_without_pixels_is_damaged(compression: str | None, tag: int) -> None:
    """Newer versions of tifffile make an empty array of it."""
    content = with_tag(tiff(PICTURE, compression=compression), tag, 0)
    with pytest.raises(BadPictureError) as error:
        decode.squared(content, 224, "area")
    assert error.value.kind == FaultKind.DAMAGED
