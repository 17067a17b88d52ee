"""JPEG XL pictures are read as viewers show them."""

from __future__ import annotations

import io

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from imgsimd.decoding import decode, exif
from imgsimd.decoding.turning import turned
from imgsimd.errors import BadPictureError
from tests.support.embedding import embed, embedding
from tests.support.exif import block
from tests.support.jpeg_xl import jxl, jxl_of_jpeg
from tests.support.odd_pictures import PixelArray, photo
from tests.support.pictures import difference

PICTURE = photo(240, 180)
GREY = np.dstack([PICTURE[..., 0]] * 3)
WITHOUT_AND_WITH_LOSS = pytest.mark.parametrize("distance", [0.0, 1.0])
LIGHT = np.where(PICTURE <= 10, PICTURE / 255 / 12.92, ((PICTURE / 255 + 0.055) / 1.055) ** 2.4)
"""Of the picture, from 0 to 1, in each colour of sRGB (IEC 61966-2-1)."""
TO_P3 = [[0.8225, 0.1774, 0.0], [0.0332, 0.9669, 0.0], [0.0171, 0.0724, 0.9108]]
TO_BT_2020 = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]


def in_colours(matrix: list[list[float]]) -> PixelArray:
    """The picture's numbers where colours are others, and the curve that of sRGB."""
    light = LIGHT @ np.transpose(matrix)
    curved = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    stored: PixelArray = np.clip(curved * 255 + 0.5, 0, 255).astype(np.uint8)
    return stored


@WITHOUT_AND_WITH_LOSS
def test_bit_depths_and_grey_become_rgb8(distance: float) -> None:
    for stored in (PICTURE, PICTURE.astype(np.uint16) * 257, PICTURE.astype(np.float32) / 255):
        assert difference(decode.pixels(jxl(stored, distance=distance)), PICTURE) < 4
    assert difference(decode.pixels(jxl(PICTURE[..., 0], distance=distance)), GREY) < 4


@WITHOUT_AND_WITH_LOSS
def test_colours_are_converted_to_srgb(distance: float) -> None:
    for stored, primaries, transfer in (
        (in_colours(TO_P3), "P3", "sRGB"),
        (in_colours(TO_BT_2020), "BT.2100", "sRGB"),
        (LIGHT.astype(np.float32), "sRGB", "linear"),
    ):
        content = jxl(stored, distance=distance, primaries=primaries, transfer=transfer)
        assert difference(decode.pixels(content), PICTURE) < 4


@WITHOUT_AND_WITH_LOSS
def test_a_picture_for_hdr_screens_is_toned_down(distance: float) -> None:
    nits = LIGHT @ np.transpose(TO_BT_2020) * 203
    power = (nits / 10_000) ** 0.1593017578125  # SMPTE ST 2084
    curved = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    stored = (curved * 65535).astype(np.uint16)
    content = jxl(stored, distance=distance, primaries="BT.2100", transfer="PQ")
    assert difference(decode.pixels(content), PICTURE) < 20


@WITHOUT_AND_WITH_LOSS
@pytest.mark.parametrize("is_premultiplied", [False, True])
def test_a_transparent_jpeg_xl_is_shown_on_white(distance: float, is_premultiplied: bool) -> None:
    alpha = np.zeros((180, 240), np.uint8)
    alpha[:, :120] = 255
    alpha[:90, 120:] = 100
    premultiplied = cv2.multiply(PICTURE, cv2.merge([alpha] * 3), scale=1 / 255).astype(np.uint8)
    stored = np.dstack([premultiplied if is_premultiplied else PICTURE, alpha])
    pixels = decode.pixels(jxl(stored, distance=distance, is_premultiplied=is_premultiplied))
    assert difference(pixels[:, :112], PICTURE[:, :112]) < 5
    assert difference(pixels[:82, 128:], premultiplied[:82, 128:] + np.uint8(155)) < 5
    assert (pixels[98:, 128:] > 250).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_xl_is_turned_once_as_its_code_stream_says(orientation: int) -> None:
    written = block({exif.ORIENTATION: 3, exif.MAKE: "ACME"})
    content = jxl(PICTURE, orientation=orientation, exif=written)
    upright = turned(PICTURE, orientation)
    assert np.array_equal(decode.pixels(content), upright)
    metadata = decode.metadata(content)
    assert metadata.orientation == orientation
    assert (metadata.height, metadata.width) == upright.shape[:2]
    assert metadata.make == "ACME"


def test_a_packed_jpeg_has_its_pixels_and_its_exif() -> None:
    file = io.BytesIO()
    Image.fromarray(PICTURE).save(file, "JPEG", quality=95)
    content = jxl_of_jpeg(file.getvalue(), block({exif.TAKEN: "2024:05:01 13:45:07"}))
    assert difference(decode.pixels(content), PICTURE) < 5
    assert decode.metadata(content).taken == "2024-05-01T13:45:07"


def test_of_an_animation_the_first_frame_is_taken() -> None:
    frames = np.stack([PICTURE, PICTURE[::-1]])
    for content in (imagecodecs.jpegxl_encode(frames), imagecodecs.jpegxl_encode(frames, 90)):
        assert difference(decode.pixels(bytes(content)), PICTURE) < 4


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6, 0.95])
def test_a_jpeg_xl_that_is_cut_off_is_refused(share: float) -> None:
    for content in (jxl(PICTURE), jxl(PICTURE, distance=1, exif=block({exif.MAKE: "ACME"}))):
        with pytest.raises(BadPictureError, match="it is cut off"):
            decode.pixels(content[: max(13, int(share * len(content)))])


def test_a_damaged_jpeg_xl_is_refused() -> None:
    content = bytearray(jxl(PICTURE))
    content[len(content) // 2] ^= 4
    with pytest.raises(BadPictureError, match="damaged"):
        decode.pixels(bytes(content))


def test_a_jpeg_xl_of_too_many_pixels_is_refused_from_its_header() -> None:
    with pytest.raises(BadPictureError, match="240 x 180"):
        decode.pixels(jxl(PICTURE), most=40_000)


async def test_a_worker_in_its_sandbox_reads_jpeg_xl() -> None:
    async with embedding() as embedder:
        for content in (jxl(PICTURE, distance=1), jxl(PICTURE, exif=block({exif.MAKE: "ACME"}))):
            assert isinstance(await embed(embedder, content), np.ndarray)
