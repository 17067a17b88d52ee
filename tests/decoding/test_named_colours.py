"""HEIC, AVIF and JPEG XL are shown in sRGB, whatever says what their numbers mean."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from imgsimd.decoding import decode
from tests.support.icc import ADOBE_RGB, PROPHOTO, SWAPPED, matrix_profile
from tests.support.jpeg_xl import jxl
from tests.support.odd_pictures import PixelArray, avif, heic, photo, with_property
from tests.support.pictures import difference

PICTURE = photo(240, 180)
LIGHT = np.where(PICTURE <= 10, PICTURE / 255 / 12.92, ((PICTURE / 255 + 0.055) / 1.055) ** 2.4)
"""Of the picture, from 0 to 1, in each colour of sRGB (IEC 61966-2-1)."""
TO_P3 = np.array([[0.8225, 0.1774, 0.0], [0.0332, 0.9669, 0.0], [0.0171, 0.0724, 0.9108]])
TO_BT_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.088, 0.8956]])


def numbers(light: np.ndarray) -> PixelArray:
    """8 bits for what is from 0 to 1."""
    return np.clip(light * 255 + 0.5, 0, 255).astype(np.uint8)


def curved(light: np.ndarray) -> np.ndarray:
    """By the curve of sRGB."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def pq(nits: np.ndarray) -> np.ndarray:
    """By the curve of SMPTE ST 2084."""
    power = (nits / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(scene: np.ndarray) -> np.ndarray:
    """By the curve of ITU-R BT.2100."""
    bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)


NAMED: dict[str, tuple[int, int, PixelArray, float]] = {
    "Display P3": (12, 13, numbers(curved(LIGHT @ TO_P3.T)), 5),
    "BT.2020": (9, 1, numbers(curved(LIGHT @ TO_BT_2020.T)), 5),
    "linear": (1, 8, numbers(LIGHT), 5),
    "PQ": (9, 16, numbers(pq(LIGHT @ TO_BT_2020.T * 203)), 12),
    "HLG": (9, 18, numbers(hlg(0.265 * (LIGHT @ TO_BT_2020.T) ** (1 / 1.2))), 12),
    "sRGB": (1, 13, PICTURE, 5),
    "unknown": (2, 2, PICTURE, 5),
}
"""Numbers of ITU-T H.273, the picture in these colours, and how near it must come."""


@pytest.mark.parametrize("name", NAMED)
def test_colours_that_are_named_by_numbers_are_converted(name: str) -> None:
    primaries, transfer, stored, most = NAMED[name]
    named = b"nclx" + bytes([0, primaries, 0, transfer])
    for content in (heic(stored), avif(stored)):
        converted = decode.pixels(with_property(content, b"colr", named))
        assert difference(converted, PICTURE) < most


@pytest.mark.parametrize("primaries", [ADOBE_RGB, PROPHOTO, SWAPPED])
def test_colours_of_an_icc_profile_are_converted(
    primaries: tuple[tuple[float, ...], ...],
) -> None:
    profile = matrix_profile(primaries, 2.2)
    stored = in_profile(profile)
    for content in (
        heic(stored, info={"icc_profile": profile}),
        avif(stored, icc_profile=profile),
        jxl(stored, profile=profile),
        jxl(stored, profile=profile, distance=1),
    ):
        assert difference(decode.pixels(content), PICTURE) < 6


def in_profile(profile: bytes) -> PixelArray:
    """The picture's numbers in the colours of this profile."""
    there = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")
    image = ImageCms.profileToProfile(Image.fromarray(PICTURE), srgb, there, outputMode="RGB")
    assert image is not None
    return np.asarray(image)
