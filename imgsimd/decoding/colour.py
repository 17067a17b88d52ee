"""Converts colours to sRGB as the ICC profile of a picture says, with LittleCMS (through Pillow).

A profile that cannot be used is ignored, as viewers do: the numbers count as sRGB then.
"""

from __future__ import annotations

import io
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from imgsimd.decoding.headers import LARGEST_PROFILE
from imgsimd.decoding.picture import Pixels

_SRGB = ImageCms.createProfile("sRGB")
_FLAGS = ImageCms.Flags.NOCACHE
"""Threads share a transform."""
_PROFILES_KEPT = 16
"""Cameras and programs use few; a transform of a lookup table has up to some MiB."""
_NEAR, _FAR = 1.0, 15.0
"""In steps of `_change`: sRGB under another name, also with a plain gamma of 2.2, has less than
_NEAR; Adobe RGB has 9, Display P3 10, Rec. 2020 17, ProPhoto 22, swapped primaries 100."""
_PIXELS_AT_ONCE = 2**20
_BAD = (ImageCms.PyCMSError, OSError, TypeError, ValueError)
"""What Pillow raises for a broken profile."""


def is_far_from_srgb(profile: bytes) -> bool:
    """Whether pixels are better converted before they are averaged: in wide colour spaces, 8 bits
    are coarse, and a step becomes several ones of sRGB (ProPhoto: embeddings .16 and .10 away)."""
    return bool(profile) and _change(profile) > _FAR


def to_srgb(pixels: Pixels, profile: bytes) -> Pixels:
    """RGB in the colours of this profile (empty: sRGB) as sRGB, the same shape."""
    if not profile:
        return pixels
    if _colours_of(profile) == b"GRAY":
        return _from_grey(pixels, profile)
    transform = _transform(profile, "RGB")
    if transform is None or _change(profile) <= _NEAR:
        return pixels
    return _applied(transform, pixels, "RGB")


def _applied(
    transform: ImageCms.ImageCmsTransform, samples: NDArray[np.uint8], mode: str
) -> Pixels:
    """In parts: Pillow needs 8 bytes a pixel besides the array's own."""
    height, width = samples.shape[:2]
    rows = max(1, _PIXELS_AT_ONCE // width)
    converted = np.empty((height, width, 3), np.uint8)
    for at in range(0, height, rows):
        part = Image.fromarray(np.ascontiguousarray(samples[at : at + rows]), mode)
        converted[at : at + rows] = np.asarray(transform.apply(part))
    return converted


def _colours_of(profile: bytes) -> bytes:
    """The colour space that it describes (ICC.1:2010, 7.2.6)."""
    return profile[16:20]


def _from_grey(pixels: Pixels, profile: bytes) -> Pixels:
    """Of a grey picture; for one in colours, the profile is a wrong one."""
    red, green, blue = cv2.split(pixels)
    transform = _transform(profile, "L")
    if transform is None or not (np.array_equal(red, green) and np.array_equal(red, blue)):
        return pixels
    return _applied(transform, red.astype(np.uint8, copy=False), "L")


def cmyk_to_srgb(inks: NDArray[np.uint8], profile: bytes) -> Pixels:
    """CMYK [h, w, 4] (255: all ink) as sRGB [h, w, 3]: by the profile, or without a usable one as
    the simplest printer would mix them."""
    transform = _transform(profile, "CMYK") if profile else None
    if transform:
        return _applied(transform, inks, "CMYK")
    cyan, magenta, yellow, black = cv2.split(cv2.bitwise_not(inks))
    light = [cv2.multiply(each, black, scale=1 / 255) for each in (cyan, magenta, yellow)]
    return cv2.merge(light).astype(np.uint8, copy=False)


def lab_to_srgb(lab: NDArray[np.uint8]) -> Pixels:
    """CIE L*a*b* with the white point D50 [h, w, 3] as sRGB: 100 for L* is 255, and
    a* and b* are signed."""
    return _applied(_from_lab(), lab, "LAB")


@cache
def _from_lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), _SRGB, "LAB", "RGB", flags=_FLAGS)


@lru_cache(_PROFILES_KEPT)
def _change(profile: bytes) -> float:
    """By how many of 255 steps it changes the colours of a cube, on average; 0 if it cannot be
    used for RGB."""
    transform = _transform(profile, "RGB")
    if transform is None:
        return 0.0
    levels = np.linspace(0, 255, 6).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    return float(np.abs(_applied(transform, cube, "RGB").astype(int) - cube).mean())


@lru_cache(_PROFILES_KEPT)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    if len(profile) > LARGEST_PROFILE:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(source, _SRGB, mode, "RGB", flags=_FLAGS)
    except _BAD:
        return None
