"""PNG, WebP, GIF, BMP, JPEG 2000, PNM, PAM and Sun raster look as viewers show them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import imagecodecs
import numpy as np
import pytest

from imgsimd.decoding import decode
from imgsimd.errors import BadPictureError
from tests.support.likeness import apart, is_same
from tests.support.odd_pictures import PixelArray, photo
from tests.support.odd_rasters import (
    as_dib,
    gif_with_screen,
    grey_png,
    on_white,
    pam,
    rgb565_bmp,
    run_length_bmp,
    saved,
    shape,
    with_ellipse,
)

PICTURE = photo(960, 720)
SMALL = photo(320, 240)
ODD = photo(961, 719)
"""Its width is no multiple of 4, nor of 2."""
GREY = PICTURE[..., 1].copy()

TRANSPARENT: dict[str, Callable[[PixelArray], bytes]] = {
    "PNG": lambda picture: saved(picture, "PNG"),
    "PNG with a palette": lambda picture: saved(picture, "PNG", "P"),
    "PNG, grey": lambda picture: saved(picture, "PNG", "LA"),
    "WebP, lossless": lambda picture: saved(picture, "WEBP", lossless=True),
    "WebP": lambda picture: saved(picture, "WEBP", quality=90),
    "GIF": lambda picture: saved(picture, "GIF"),
    "JPEG 2000": lambda picture: saved(picture, "JPEG2000"),
    "JPEG 2000, grey": lambda picture: saved(picture, "JPEG2000", "LA"),
    "PAM": lambda picture: pam(picture),
    "PAM, 16 bits": lambda picture: pam(picture.astype(np.uint16) * 257),
}


@pytest.mark.parametrize("kind", ["PNG", "PNG, grey", "WebP, lossless", "WebP", "GIF"])
def test_shapes_that_are_only_in_alpha_are_told_apart(kind: str) -> None:
    files = [TRANSPARENT[kind](shape(name)) for name in ("star", "circle", "bar")]
    assert min(apart(one, other) for one, other in combinations(files, 2)) > 0.5


@pytest.mark.parametrize("kind", TRANSPARENT)
def test_transparency_is_shown_on_white(kind: str) -> None:
    content = TRANSPARENT[kind](with_ellipse(PICTURE))
    pixels = decode.pixels(content)
    assert (pixels[2, 2] >= 250).all()
    if kind not in ("PNG, grey", "PNG with a palette", "GIF", "JPEG 2000, grey"):
        assert is_same(content, on_white(with_ellipse(PICTURE)))


def test_half_transparent_pixels_are_mixed_with_white() -> None:
    half = np.dstack([np.zeros((40, 60, 3), np.uint8), np.full((40, 60), 100, np.uint8)])
    assert np.abs(decode.pixels(saved(half, "PNG")).astype(int) - 155).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
def test_the_transparent_number_of_a_grey_png_is_white(bits: int) -> None:
    grey = GREY.copy()
    grey[100:200, 100:200] = 3
    content = grey_png(grey, bits, 3 * 257 if bits == 16 else 3)
    pixels = decode.pixels(content)
    assert (pixels[100:200, 100:200] == 255).all()
    assert np.abs(pixels[:50].astype(int) - grey[:50, :, None]).max() <= 1


def test_gif_and_png_of_one_transparent_picture_agree() -> None:
    picture = with_ellipse(PICTURE)
    assert apart(saved(picture, "GIF"), saved(picture, "PNG")) < 0.5


@pytest.mark.parametrize("screen", [(100, 100), (0, 0), (960, 100)])
def test_a_gif_frame_outside_of_the_screen_is_shown_whole(screen: tuple[int, int]) -> None:
    plain = saved(PICTURE, "GIF")
    content = gif_with_screen(plain, *screen)
    assert np.array_equal(decode.pixels(content), decode.pixels(plain))
    metadata = decode.metadata(content)
    assert (metadata.height, metadata.width) == PICTURE.shape[:2]


def test_where_a_gif_frame_leaves_the_screen_bare_it_is_white() -> None:
    content = gif_with_screen(saved(PICTURE, "GIF"), 1200, 900)
    pixels = decode.pixels(content)
    assert pixels.shape == (900, 1200, 3)
    assert (pixels[800:] == 255).all()


def test_a_gif_without_a_frame_is_refused() -> None:
    with pytest.raises(BadPictureError):
        decode.pixels(b"GIF89a" + bytes([10, 0, 10, 0, 0, 0, 0]) + b";")


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("width", [301, 302, 303, 304])
def test_a_run_length_encoded_bmp_has_the_right_pixels(bits: int, width: int) -> None:
    picture = photo(width, 199)
    pixels = decode.pixels(run_length_bmp(picture, bits))
    assert pixels.shape == picture.shape
    grey = saved(picture, "PNG", "L")
    assert np.abs(pixels.astype(int) - decode.pixels(grey)).max() <= 17


@pytest.mark.parametrize("picture", [PICTURE, ODD], ids=["even", "odd"])
def test_a_bmp_of_16_bits_has_the_colours_that_it_has_room_for(picture: PixelArray) -> None:
    assert np.abs(decode.pixels(rgb565_bmp(picture)).astype(int) - picture).max() < 8


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_dib_is_read_like_the_bmp_that_it_is_part_of(mode: str) -> None:
    bmp = saved(ODD, "BMP", mode)
    assert np.array_equal(decode.pixels(as_dib(bmp)), decode.pixels(bmp))
    metadata = decode.metadata(as_dib(bmp))
    assert (metadata.format, metadata.height, metadata.width) == ("BMP", *ODD.shape[:2])


def test_an_alpha_channel_of_a_bmp_that_is_zero_everywhere_is_ignored() -> None:
    clear = np.dstack([PICTURE, np.zeros(PICTURE.shape[:2], np.uint8)])
    assert np.array_equal(decode.pixels(saved(clear, "BMP")), PICTURE)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("is_grey", [False, True])
def test_jpeg_2000_is_right_at_every_depth(bits: int, is_grey: bool) -> None:
    picture = SMALL.copy()
    picture[:50, :50] = 255
    deep = picture.astype(np.uint32) * (2**bits - 1) // 255
    numbers = deep.astype(np.uint16 if bits > 8 else np.uint8)
    stored = numbers[..., 1] if is_grey else numbers
    content = bytes(imagecodecs.jpeg2k_encode(stored, bitspersample=bits))
    wanted = np.repeat(picture[..., 1:2], 3, axis=2) if is_grey else picture
    assert np.abs(decode.pixels(content).astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("largest", [100, 255, 1000, 4095, 65535])
@pytest.mark.parametrize("is_grey", [False, True])
def test_a_pnm_is_scaled_from_its_own_largest_value(largest: int, is_grey: bool) -> None:
    picture = SMALL[..., 1] if is_grey else SMALL
    height, width = picture.shape[:2]
    numbers = picture.astype(np.uint32) * largest // 255
    body = numbers.astype(">u2" if largest > 255 else np.uint8).tobytes()
    content = b"P%d\n%d %d\n%d\n" % (5 if is_grey else 6, width, height, largest) + body
    wanted = np.repeat(SMALL[..., 1][..., None], 3, axis=2) if is_grey else SMALL
    assert np.abs(decode.pixels(content).astype(int) - wanted).max() <= 1 + 255 // largest


@pytest.mark.parametrize("largest", [1, 100, 255, 4095, 65535])
@pytest.mark.parametrize("is_grey", [False, True])
def test_a_pam_has_the_colours_and_the_largest_value_of_its_own(
    largest: int, is_grey: bool
) -> None:
    picture = GREY[..., None] if is_grey else PICTURE
    numbers = picture.astype(np.uint32) * largest // 255
    content = pam(numbers.astype(np.uint16 if largest > 255 else np.uint8), largest)
    wanted = np.repeat(GREY[..., None], 3, axis=2) if is_grey else PICTURE
    assert np.abs(decode.pixels(content).astype(int) - wanted).max() <= 1 + 255 // largest


def test_a_pam_that_is_cut_off_or_has_no_sizes_is_refused() -> None:
    content = pam(PICTURE)
    broken = {
        content[:-1]: "cut off",
        content.replace(b"DEPTH 3", b"DEPTH 9"): "damaged",
        content.replace(b"ENDHDR", b"XXXXXX"): "damaged",
        content.replace(b"MAXVAL 255", b"MAXVAL 0"): "damaged",
    }
    for file, reason in broken.items():
        with pytest.raises(BadPictureError, match=reason):
            decode.pixels(file)


def test_a_png_of_16_bits_looks_like_its_picture() -> None:
    deep = saved(GREY.astype(np.uint16) * 257, "PNG")
    assert np.array_equal(decode.pixels(deep), decode.pixels(saved(GREY, "PNG")))
