"""Colours are shown as the ICC profile of a picture says."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from imgsimd.decoding import colour, decode, jpeg
from tests.support import icc
from tests.support.likeness import CLOSE, apart, distance, is_same
from tests.support.odd_jpegs import segment, with_segments
from tests.support.odd_pictures import PixelArray, photo

PICTURE = photo(480, 360)
FORMATS: dict[str, dict[str, int]] = {
    "JPEG": {"quality": 97, "subsampling": 0},
    "PNG": {},
    "WebP": {"lossless": True, "method": 0},
}
PROFILES = {
    "Adobe RGB": icc.matrix_profile(icc.ADOBE_RGB, 2.2),
    "ProPhoto": icc.matrix_profile(icc.PROPHOTO, 1.8),
    "Display P3": icc.matrix_profile(icc.DISPLAY_P3, 2.2),
    "swapped": icc.matrix_profile(icc.SWAPPED, 2.2),
}


def saved(picture: PixelArray | Image.Image, profile: bytes, name: str = "JPEG") -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, name, icc_profile=profile, **FORMATS[name])
    return file.getvalue()


def converted(picture: PixelArray, profile: bytes) -> PixelArray:
    """sRGB in the colours of the profile."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    how = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), target, "RGB", "RGB")
    return np.array(how.apply(Image.fromarray(picture)))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_colours_are_converted_in_every_format(name: str, profile: bytes) -> None:
    other = converted(PICTURE, profile)
    shown = decode.pixels(saved(other, profile, name))
    as_srgb = decode.pixels(saved(PICTURE, b"", name))
    assert np.abs(shown.astype(int) - as_srgb).mean() < 2
    assert apart(saved(other, profile, name), saved(PICTURE, b"", name)) < CLOSE


@pytest.mark.parametrize("method", [b"\2", b"\3"])
def test_the_profile_of_a_jpeg_2000_is_applied(method: bytes) -> None:
    profile = PROFILES["swapped"]
    file = io.BytesIO()
    Image.fromarray(converted(PICTURE, profile)).save(file, "JPEG2000")
    assert is_same(in_jp2(file.getvalue(), profile, method), PICTURE)


def in_jp2(content: bytes, profile: bytes, method: bytes) -> bytes:
    """The JP2 with this instead of a number for its colours."""
    size, place = 15, content.index(b"colr") - 4
    new = (11 + len(profile)).to_bytes(4, "big") + b"colr" + method + bytes(2) + profile
    outer = content.index(b"jp2h") - 4
    whole = int.from_bytes(content[outer : outer + 4], "big") - size + len(new)
    changed = content[:place] + new + content[place + size :]
    return changed[:outer] + whole.to_bytes(4, "big") + changed[outer + 4 :]


def test_a_profile_that_is_a_table_is_applied() -> None:
    """As that of an XYB JPEG, without which it has wild colours."""
    profile = icc.table_profile("RGB ", lambda colours: colours[..., [2, 0, 1]])
    content = saved(PICTURE[..., [1, 2, 0]], profile, "PNG")
    assert distance(content, PICTURE) < CLOSE


def test_a_cmyk_picture_is_shown_as_its_profile_says() -> None:
    profile = icc.table_profile(
        "CMYK", lambda inks: 1 - np.maximum(inks[..., :3], inks[..., 3:]), 9
    )
    inks = np.dstack([255 - PICTURE, np.zeros(PICTURE.shape[:2], np.uint8)])
    assert is_same(saved(Image.fromarray(inks, "CMYK"), profile), PICTURE)
    swapped = icc.table_profile("CMYK", lambda inks: 1 - inks[..., [2, 0, 1]], 9)
    turned = Image.fromarray(inks[..., [1, 2, 0, 3]], "CMYK")
    assert is_same(saved(turned, swapped), PICTURE)


@pytest.mark.parametrize("space", ["CMYK", "YCCK"])
def test_inks_without_a_profile_are_mixed_simply(space: str) -> None:
    inks = np.dstack([PICTURE, np.full(PICTURE.shape[:2], 255, np.uint8)])  # inverted
    content = imagecodecs.jpeg8_encode(inks, 98, colorspace="CMYK", outcolorspace=space)
    viewed = Image.open(io.BytesIO(content)).convert("RGB")
    assert is_same(bytes(content), np.array(viewed))
    assert np.abs(decode.pixels(bytes(content)).astype(int) - PICTURE).mean() < 3


def test_a_grey_picture_has_a_profile_of_grey() -> None:
    linear = np.round((PICTURE / 255) ** 2.2 * 255).astype(np.uint8)[..., 1]
    shown = decode.pixels(saved(linear, icc.grey_profile(1.0), "PNG"))
    assert np.abs(shown.astype(int) - PICTURE[..., 1:2]).mean() < 3
    colourful = saved(PICTURE, b"", "PNG")
    wrong = saved(PICTURE, icc.grey_profile(1.0), "PNG")
    assert np.array_equal(decode.pixels(wrong), decode.pixels(colourful))


def test_a_profile_of_srgb_changes_nothing() -> None:
    plain = decode.pixels(saved(PICTURE, b"", "PNG"))
    for profile in (
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        icc.matrix_profile(icc.SRGB, 2.2),
    ):
        assert np.array_equal(decode.pixels(saved(PICTURE, profile, "PNG")), plain)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("size", [0, 1, 20, 130, 300])
def test_a_broken_profile_is_ignored(name: str, size: int) -> None:
    broken = PROFILES["swapped"][:size]
    assert decode.pixels(saved(PICTURE, broken, name)).shape == PICTURE.shape
    assert np.array_equal(colour.to_srgb(PICTURE, broken), PICTURE)


def test_the_parts_of_a_profile_come_in_any_order_but_must_all_be_there() -> None:
    parts = [
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number, 3]) + bytes([number]) * 100)
        for number in (1, 2, 3)
    ]
    bare = saved(PICTURE, b"")
    first, second, third = parts
    whole = bytes([1]) * 100 + bytes([2]) * 100 + bytes([3]) * 100
    assert jpeg.profile(with_segments(bare, third, first, second)) == whole
    assert jpeg.profile(with_segments(bare, first, third)) == b""
    assert jpeg.profile(with_segments(bare, first, first, second, third)) == whole
    assert jpeg.profile(bare) == b""


def test_a_profile_that_inflates_to_much_is_ignored() -> None:
    assert decode.pixels(saved(PICTURE, bytes(2**23), "PNG")).shape == PICTURE.shape
