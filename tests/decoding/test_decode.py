"""Every kind of picture becomes upright 8-bit RGB."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from imgsimd.decoding import decode
from imgsimd.errors import BadPictureError
from imgsimd.samples import drawing
from imgsimd.types import Resize
from tests.support.pictures import CMYK, FORMATS, encoded, with_orientation

RED, BLUE = (255, 0, 0), (0, 0, 255)


def two_halves(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    """BGR: the upper half red, the lower blue."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, :, 2] = 255
    picture[height // 2 :, :, 0] = 255
    return picture


def is_near(pixel: NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 12)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_right_colours(suffix: str) -> None:
    content = encoded(two_halves(), suffix)
    pixels = decode.pixels(content)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (40, 60, 3)
    assert is_near(pixels[5, 30], RED)
    assert is_near(pixels[35, 30], BLUE)
    assert is_near(decode.squared(content, 224, "area").pixels[20, 112], RED)


@pytest.mark.parametrize("suffix", FORMATS[1:])  # JPEGs: test_jpeg.py
def test_a_picture_that_is_cut_off_is_refused(suffix: str) -> None:
    picture = drawing.draw("mountain", np.random.default_rng(1), 300, 200)
    content = encoded(picture, suffix)
    for size in (len(content) // 2, len(content) * 9 // 10, len(content) - 20):
        with pytest.raises(BadPictureError):
            decode.squared(content[:size], 224, "area")
    decode.squared(content + b"what some cameras append", 224, "area")


@pytest.mark.parametrize("progressive", [0, 1])
def test_less_than_half_of_a_large_jpeg_is_refused(progressive: int) -> None:
    """Reduced, as it would be, and with the end of a thumbnail in its header."""
    picture = np.random.default_rng(1).integers(0, 256, (900, 1000, 3), np.uint8)
    jpeg = encoded(picture, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    jpeg = jpeg[:2] + b"\xff\xe2\0\x06" + b"\xff\xd8\xff\xd9" + jpeg[2:]
    assert decode.squared(jpeg, 224, "area").pixels.shape == (224, 224, 3)
    start = jpeg[: len(jpeg) * 4 // 10]
    for cut in (start, start + bytes(len(jpeg) - len(start))):
        with pytest.raises(BadPictureError, match="cut off after"):
            decode.squared(cut, 224, "area")


def test_a_jpeg_of_too_many_pixels_is_refused_from_its_header() -> None:
    jpeg = encoded(two_halves(), ".jpg")
    frame = jpeg.index(b"\xff\xc0") + 5
    vast = jpeg[:frame] + b"\xea\x60\xea\x60" + jpeg[frame + 4 :]
    with pytest.raises(BadPictureError, match="max_pixels"):
        decode.squared(vast, 224, "area")


def test_cmyk_becomes_rgb() -> None:
    assert is_near(decode.pixels(CMYK)[4, 4], RED)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_of_an_animation_the_first_frame_is_taken(suffix: str) -> None:
    animation = cv2.Animation()
    opaque = np.full((20, 20, 1), 255, np.uint8)
    frames = [np.full((20, 20, 3), colour[::-1], np.uint8) for colour in (RED, BLUE)]
    animation.frames = [np.dstack([frame, opaque]) for frame in frames]
    animation.durations = [100, 100]
    content = cv2.imencodeanimation(suffix, animation)[1].tobytes()
    assert is_near(decode.pixels(content)[10, 10], RED)


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


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 5000), (5000, 1), (3, 400)])
def test_every_shape_becomes_a_square(height: int, width: int) -> None:
    pixels = decode.pixels(encoded(np.zeros((height, width, 3), np.uint8), ".png"))
    for resize in ("area", "linear", "cubic"):
        assert decode.square(pixels, 224, resize).shape == (224, 224, 3)
        assert decode.square(pixels, 224, resize, short_side=256).shape == (224, 224, 3)


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


@pytest.mark.parametrize("resize", ["area", "cubic"])
@pytest.mark.parametrize("short_side", [None, 256])
def test_reducing_hardly_changes_the_square(resize: Resize, short_side: int | None) -> None:
    picture = drawing.draw("mountain", np.random.default_rng(1), 2000, 1500)
    jpeg = encoded(picture, ".jpg")
    reduced = decode.squared(jpeg, 224, resize, short_side=short_side).pixels.astype(int)
    whole = decode.square(decode.pixels(jpeg), 224, resize, short_side).astype(int)
    assert np.abs(reduced - whole).mean() < 1
    assert not np.array_equal(reduced, whole), "or else nothing was reduced"


@pytest.mark.parametrize("resize", ["area", "cubic"])
@pytest.mark.parametrize("orientation", [1, 3, 5, 6])
def test_the_middle_is_that_of_the_upright_picture(resize: Resize, orientation: int) -> None:
    picture = drawing.draw("forest", np.random.default_rng(1), 400, 301)
    jpeg = with_orientation(encoded(picture, ".jpg"), orientation)
    upright = decode.square(decode.pixels(jpeg), 224, resize, short_side=255).astype(int)
    seen = decode.squared(jpeg, 224, resize, short_side=255).pixels
    assert np.abs(seen - upright).max() <= 2, "but for rounding"


def test_a_linear_square_is_that_of_the_whole_picture() -> None:
    jpeg = encoded(drawing.draw("forest", np.random.default_rng(1), 2000, 1500), ".jpg")
    whole = decode.square(decode.pixels(jpeg), 224, "linear")
    assert np.array_equal(decode.squared(jpeg, 224, "linear").pixels, whole)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello", 'it is not an image: it starts with the text "hello"'),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "it is not an image, but a video"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "cut off"),
        (b"8BPS\0\1", "it is damaged: it begins like Photoshop"),
        (b"%PDF-1.7", "it is not an image, but a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "cut off"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50 + b"\0\0\0\0IEND\xaeB`\x82", "damaged"),
        (b"RIFF\xff\xff\0\0WEBPVP8 ", "cut off"),
        (b"II*\0" + b"\xff" * 50, "a kind of TIFF that is not supported"),
    ],
)
def test_each_fault_of_a_file_has_a_reason_of_its_own(content: bytes, reason: str) -> None:
    with pytest.raises(BadPictureError) as error:
        decode.squared(content, 224, "area")
    assert reason in str(error.value)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".jp2"])
def test_half_a_picture_is_said_to_be_cut_off(suffix: str) -> None:
    content = encoded(two_halves(), suffix)
    with pytest.raises(BadPictureError, match="cut off"):
        decode.squared(content[: len(content) // 2], 224, "area")


@pytest.mark.parametrize("cut", [2, 3, 10, 100])
def test_a_jpeg_cut_off_in_its_header_is_a_bad_picture(cut: int) -> None:
    jpeg = with_orientation(encoded(two_halves(), ".jpg"), 6)
    with pytest.raises(BadPictureError):
        decode.squared(jpeg[:cut], 224, "area")


@pytest.mark.parametrize("content", [b"", b"x", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_rubbish_is_a_bad_picture(content: bytes) -> None:
    with pytest.raises(BadPictureError):
        decode.pixels(content)
