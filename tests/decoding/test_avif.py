"""AVIF pictures are read as viewers show them."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from imgsimd.decoding import decode, exif
from imgsimd.decoding.turning import turned
from imgsimd.errors import BadPictureError
from tests.support.exif import block
from tests.support.odd_pictures import avif, photo, with_property
from tests.support.pictures import difference

PICTURE = photo(240, 180)


def test_where_container_and_exif_contradict_each_other_the_container_counts() -> None:
    turned_right = avif(PICTURE, exif=block({exif.ORIENTATION: 6}))
    turned_left = with_property(turned_right, b"irot", b"\1")
    assert difference(decode.pixels(turned_left), turned(PICTURE, 8)) < 5


def test_exif_of_an_avif_is_read_wherever_it_is() -> None:
    written = block({exif.MAKE: "ACME", exif.MODEL: "One", exif.TAKEN: "2024:05:01 13:45:07"})
    metadata = decode.metadata(avif(PICTURE, exif=written, xmp=b"<x/>" * 1000))
    assert (metadata.make, metadata.model) == ("ACME", "One")
    assert metadata.taken == "2024-05-01T13:45:07"
    assert (metadata.width, metadata.height) == (240, 180)


@pytest.mark.parametrize("is_premultiplied", [False, True])
def test_a_transparent_avif_is_shown_on_white(is_premultiplied: bool) -> None:
    alpha = np.zeros((180, 240), np.uint8)
    alpha[:, :120] = 255
    content = avif(np.dstack([PICTURE, alpha]), alpha_premultiplied=is_premultiplied)
    pixels = decode.pixels(content)
    assert difference(pixels[:, :116], PICTURE[:, :116]) < 5
    assert (pixels[:, 124:] > 250).all()


def test_a_grey_avif_becomes_rgb() -> None:
    pixels = decode.pixels(avif(PICTURE[..., 0]))
    assert difference(pixels, np.dstack([PICTURE[..., 0]] * 3)) < 5


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_an_avif_that_is_cut_off_is_refused(share: float) -> None:
    content = avif(PICTURE)
    with pytest.raises(BadPictureError, match="it is cut off"):
        decode.pixels(content[: int(share * len(content))])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_an_avif_with_a_hole_is_refused(share: float) -> None:
    content = bytearray(avif(PICTURE))
    at = int(share * len(content))
    content[at : at + 512] = bytes(512)
    with pytest.raises(BadPictureError, match="it is damaged"):
        decode.pixels(bytes(content))


def test_an_avif_of_too_many_pixels_is_refused_from_its_header() -> None:
    wide = with_property(avif(PICTURE), b"ispe", bytes(4) + b"\0\0\x42\x68" * 2)
    with pytest.raises(BadPictureError, match="17,000 x 17,000"):
        decode.pixels(wide)


def test_an_avif_whose_first_brand_is_that_of_all_heif_is_an_avif() -> None:
    content = avif(PICTURE)
    content = content[:8] + b"mif1" + content[12:]
    assert decode.metadata(content).format == "AVIF"
    assert difference(decode.pixels(content), PICTURE) < 5


@pytest.mark.parametrize("bits", [10, 12])
def test_more_bits_than_8_become_rgb8(bits: int) -> None:
    deep = (PICTURE.astype(np.uint16) * 257) >> (16 - bits)
    content = bytes(imagecodecs.avif_encode(deep, 90, bitspersample=bits))
    assert difference(decode.pixels(content), PICTURE) < 5


def test_of_a_sequence_the_first_picture_is_taken() -> None:
    content = avif(PICTURE, save_all=True, append_images=[Image.fromarray(PICTURE[::-1])])
    assert difference(decode.pixels(content), PICTURE) < 5
    assert (decode.metadata(content).width, decode.metadata(content).height) == (240, 180)
