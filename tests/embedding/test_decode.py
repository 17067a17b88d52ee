"""Every kind of picture becomes upright 8-bit RGB."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from imgsimd.embedding import decode, drawing
from imgsimd.errors import BadPictureError

RED, BLUE = (255, 0, 0), (0, 0, 255)


def encoded(picture: NDArray[np.uint8] | NDArray[np.uint16], suffix: str, *options: int) -> bytes:
    return bytes(cv2.imencode(suffix, picture, list(options))[1].tobytes())


def two_halves(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    """BGR: the upper half red, the lower blue."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, :, 2] = 255
    picture[height // 2 :, :, 0] = 255
    return picture


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with an EXIF block that says how the camera was held."""
    entry = b"\x12\x01\x03\0\x01\0\0\0" + bytes([orientation, 0, 0, 0])
    block = b"Exif\0\0" + b"II*\0\x08\0\0\0" + b"\x01\0" + entry + b"\0" * 4
    return jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]


def is_near(pixel: NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 12)


@pytest.mark.parametrize(
    "suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff", ".ppm", ".jp2", ".gif"]
)
def test_every_format_gives_red_first(suffix: str) -> None:
    pixels = decode.pixels(encoded(two_halves(), suffix))
    assert pixels.dtype == np.uint8
    assert pixels.shape == (40, 60, 3)
    assert is_near(pixels[5, 30], RED)
    assert is_near(pixels[35, 30], BLUE)


def test_a_picture_is_turned_as_its_exif_orientation_says() -> None:
    jpeg = with_orientation(encoded(two_halves(), ".jpg"), 6)  # turn right by 90 degrees
    pixels = decode.pixels(jpeg)
    assert pixels.shape == (60, 40, 3)
    assert is_near(pixels[30, 35], RED)
    assert is_near(pixels[30, 5], BLUE)


def test_grey_palette_and_16_bit_become_rgb8() -> None:
    grey = np.full((10, 10), 200, np.uint8)
    assert (decode.pixels(encoded(grey, ".png")) == 200).all()
    deep = np.full((10, 10, 3), 200 * 257, np.uint16)
    assert (decode.pixels(encoded(deep, ".png")) == 200).all()


def test_transparency_is_dropped() -> None:
    clear = np.dstack([two_halves(), np.zeros((40, 60), np.uint8)])
    assert is_near(decode.pixels(encoded(clear, ".png"))[5, 30], RED)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 5000), (5000, 1), (3, 400)])
def test_every_shape_becomes_a_square(height: int, width: int) -> None:
    pixels = decode.pixels(encoded(np.zeros((height, width, 3), np.uint8), ".png"))
    for resize in ("area", "linear"):
        assert decode.square(pixels, 224, resize).shape == (224, 224, 3)


def test_the_whole_picture_is_in_the_square() -> None:
    square = decode.square(decode.pixels(encoded(two_halves(400, 900), ".png")), 224, "area")
    assert is_near(square[10, 112], RED)
    assert is_near(square[213, 112], BLUE)


def test_a_large_jpeg_is_reduced_no_further_than_asked() -> None:
    jpeg = with_orientation(encoded(two_halves(1000, 1600), ".jpg"), 6)
    for least, expected in ((1001, 1000), (500, 500), (251, 500), (250, 250), (125, 125), (1, 125)):
        pixels = decode.pixels(jpeg, least)
        assert min(pixels.shape[:2]) == expected
        assert pixels.shape[0] > pixels.shape[1], "the orientation counts at every scale"
        assert is_near(pixels[pixels.shape[0] // 2, -5], RED)
    assert decode.pixels(encoded(two_halves(1000, 1600), ".png"), 100).shape == (1000, 1600, 3)


def test_reducing_hardly_changes_the_square() -> None:
    picture = drawing.draw("mountain", np.random.default_rng(1), 2000, 1500)
    jpeg = encoded(picture, ".jpg")
    reduced = decode.squared(jpeg, 224, "area").astype(int)
    whole = decode.square(decode.pixels(jpeg), 224, "area").astype(int)
    assert np.abs(reduced - whole).mean() < 1
    assert not np.array_equal(reduced, whole), "or else nothing was reduced"


def test_a_linear_square_is_that_of_the_whole_picture() -> None:
    jpeg = encoded(drawing.draw("forest", np.random.default_rng(1), 2000, 1500), ".jpg")
    whole = decode.square(decode.pixels(jpeg), 224, "linear")
    assert np.array_equal(decode.squared(jpeg, 224, "linear"), whole)


@pytest.mark.parametrize("cut", [2, 3, 10, 100])
def test_a_jpeg_cut_off_in_its_header_is_a_bad_picture(cut: int) -> None:
    jpeg = with_orientation(encoded(two_halves(), ".jpg"), 6)
    with pytest.raises(BadPictureError):
        decode.squared(jpeg[:cut], 224, "area")


@pytest.mark.parametrize("content", [b"", b"x", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_rubbish_is_a_bad_picture(content: bytes) -> None:
    with pytest.raises(BadPictureError):
        decode.pixels(content)
