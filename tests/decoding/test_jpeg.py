"""JPEGs of every kind are shown as viewers show them; damaged ones are read as far as they go."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from imgsimd.decoding import decode
from imgsimd.errors import BadPictureError
from tests.support.embedding import embed, embedding
from tests.support.icc import table_profile
from tests.support.likeness import apart, is_same
from tests.support.odd_jpegs import (
    ARITHMETIC,
    END,
    ODD_LAYOUT,
    SMALL,
    jpeg,
    lossless,
    mpo,
    segment,
    twelve_bits,
    with_frame,
    with_hole,
    with_segments,
)
from tests.support.odd_pictures import PixelArray, photo
from tests.support.pictures import encoded

PICTURE = photo(640, 480)
BASELINE = jpeg(PICTURE)
RESTARTS = encoded(PICTURE[..., ::-1].copy(), ".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 3)
KINDS = {
    "baseline": BASELINE,
    "4:4:4": jpeg(PICTURE, subsampling=0),
    "optimized": jpeg(PICTURE, optimize=True),
    "progressive": jpeg(PICTURE, progressive=True, quality=75),
    "restart markers": RESTARTS,
    "grey": jpeg(PICTURE, "L"),
    "CMYK": jpeg(PICTURE, "CMYK"),
    "RGB": jpeg(PICTURE, keep_rgb=True),
    "arithmetic": ARITHMETIC,
    "odd layout": ODD_LAYOUT,
}
RANDOM = np.random.default_rng(1).integers(0, 256, 20_000, np.uint8).tobytes()
every_kind = pytest.mark.parametrize("content", KINDS.values(), ids=KINDS)


def shown(content: bytes) -> PixelArray:
    """What another decoder makes of it."""
    return np.array(Image.open(io.BytesIO(content)).convert("RGB"))


def read(content: bytes, size: int = 64) -> float:
    """How much of it can be decoded, reduced (to the size of 64) or not (1000)."""
    return decode.squared(content, size, "area").read


DECODED = shown(BASELINE)


@every_kind
def test_a_jpeg_of_any_kind_looks_right_and_is_whole(content: bytes) -> None:
    assert is_same(content, shown(content))
    assert read(content) == 1


@every_kind
def test_a_jpeg_that_lacks_only_its_end_is_whole(content: bytes) -> None:
    bare = content.removesuffix(END)
    trailer = b"SEFH" + RANDOM + b"SEFT"
    for cut in (bare, bare + trailer, bare + bytes(20_000), bare + bytes(20_000) + b"SEFT"):
        assert read(cut) == 1
        assert apart(cut, content) == 0


@pytest.mark.parametrize("size", [64, 1000])
@every_kind
def test_a_jpeg_that_is_cut_off_is_damaged_or_below_half_refused(content: bytes, size: int) -> None:
    for share in (0.99, 0.9, 0.6):
        start = content[: int(share * len(content))]
        assert share - 0.15 < read(start, size) < 1
        assert read(start + bytes(len(content) - len(start)), size) == read(start, size)
    start = content[: int(0.3 * len(content))]
    for cut in (start, start + bytes(len(content) - len(start))):
        with pytest.raises(BadPictureError, match=r"cut off after [1-4]\d %"):
            read(cut, size)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "odd layout"])
def test_a_jpeg_with_a_hole_is_damaged(kind: str) -> None:
    content = KINDS[kind]
    if content is not ARITHMETIC:  # in which a hole of less than 128 zeros may be none
        assert 0.6 < read(with_hole(content, 1 / 6)) < 0.9
    assert 0.5 < read(with_hole(content, 1 / 6, RANDOM)) < 0.9


def test_what_is_left_of_a_jpeg_is_shown() -> None:
    cut = decode.pixels(BASELINE[: int(0.6 * len(BASELINE))])
    whole = decode.pixels(BASELINE)
    assert cut.shape == whole.shape
    assert np.array_equal(cut[:250], whole[:250])
    assert (cut[-100:] == 128).all()


@pytest.mark.parametrize(
    "content",
    [
        with_segments(BASELINE, segment(0xFE, b"text") + b"junk"),
        with_segments(BASELINE, segment(0xE1, b"Exif\0\0" + RANDOM[:100])),
        with_segments(BASELINE, segment(0xE0, b"JFIF\0\x09\x09"), segment(0xEE, b"Adobe\0")),
        BASELINE.replace(b"\0\x3f\0", b"\0\0\0", 1),
        BASELINE.removesuffix(END) + b"\0" * 8 + END,
        b"\xff\xd8" + BASELINE,
        b"\r\n" + BASELINE,
        b"\0" * 16 + BASELINE,
        BASELINE + RANDOM,
    ],
    ids=["junk", "EXIF", "JFIF", "SOS", "padding", "two SOI", "line end", "zeros", "trailer"],
)
def test_what_does_no_harm_is_no_damage(content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    assert read(content) == 1
    assert is_same(content, DECODED)
    assert capfd.readouterr() == ("", ""), "libjpeg's warnings would fill the log"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (twelve_bits(SMALL), "12-bit JPEG"),
        (lossless(SMALL), "lossless JPEG"),
        (with_frame(BASELINE, 0xC5), "hierarchical JPEG"),
        (with_frame(BASELINE, 0xF7), "JPEG-LS"),
    ],
)
def test_what_libjpeg_does_not_read_is_refused_by_name(content: bytes, kind: str) -> None:
    with pytest.raises(BadPictureError, match=rf"its format is not supported \({kind}\)"):
        decode.pixels(content)


def test_of_several_pictures_in_a_file_the_first_is_taken() -> None:
    other = photo(640, 480, seed=2)
    video = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + RANDOM
    for content in (mpo(PICTURE, other), BASELINE + jpeg(other), BASELINE + video):
        assert read(content) == 1
        assert is_same(content, DECODED)


def test_another_jpeg_behind_one_that_is_cut_off_is_no_part_of_it() -> None:
    other = jpeg(photo(640, 480, seed=2))
    assert read(BASELINE.removesuffix(END) + other) == 1
    start = BASELINE[: len(BASELINE) * 7 // 10]
    assert read(start + other) == read(start) < 0.8


def test_a_cmyk_jpeg_without_adobe_marker_looks_the_same() -> None:
    cmyk = KINDS["CMYK"]
    start = cmyk.index(b"\xff\xee")
    size = int.from_bytes(cmyk[start + 2 : start + 4], "big")
    assert apart(cmyk[:start] + cmyk[start + 2 + size :], cmyk) == 0


async def test_a_worker_in_its_sandbox_reads_jpegs_of_every_kind() -> None:
    table = table_profile("CMYK", lambda inks: 1 - inks[..., :3], 3)
    contents = [*KINDS.values(), jpeg(PICTURE, "CMYK", icc_profile=table), BASELINE[:20_000]]
    async with embedding() as embedder:
        for content in contents:
            assert isinstance(await embed(embedder, content), np.ndarray)
