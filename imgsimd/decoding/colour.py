"""Converts colours to sRGB as the ICC profile of a picture says, with LittleCMS (through Pillow).

A profile that cannot be used is ignored, as viewers do: the numbers count as sRGB then.
"""

from __future__ import annotations

import io
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from imgsimd.decoding.picture import Pixels

_SRGB = ImageCms.createProfile("sRGB")
_FLAGS = ImageCms.Flags.NOCACHE
"""Threads share a transform."""
_PROFILES_KEPT = 16
"""Cameras and programs use few; a transform of a lookup table has up to some MiB."""
_NEAR = 1.0
"""A profile that changes the colours of a cube by no more than so many of 255 steps, on average, is
sRGB under another name."""
_BAD = (ImageCms.PyCMSError, OSError, TypeError, ValueError)
"""What Pillow raises for a broken profile."""


def to_srgb(pixels: Pixels, profile: bytes) -> Pixels:
    """RGB in the colours of this profile (empty: sRGB) as sRGB, the same shape."""
    transform = _from_rgb(profile) if profile else None
    if transform is None:
        return pixels
    return np.asarray(transform.apply(Image.fromarray(np.ascontiguousarray(pixels))))


def cmyk_to_srgb(inks: NDArray[np.uint8], profile: bytes) -> Pixels:
    """CMYK [h, w, 4] (255: all ink) as sRGB [h, w, 3]: by the profile, or without a usable one as
    the simplest printer would mix them."""
    image = Image.fromarray(np.ascontiguousarray(inks), "CMYK")
    transform = _transform(profile, "CMYK") if profile else None
    return np.asarray(transform.apply(image) if transform else image.convert("RGB"))


def lab_to_srgb(lab: NDArray[np.uint8]) -> Pixels:
    """CIE L*a*b* with the white point D50 [h, w, 3] as sRGB: 100 for L* is 255, and
    a* and b* are signed."""
    image = Image.fromarray(np.ascontiguousarray(lab), "LAB")
    return np.asarray(_from_lab().apply(image))


@cache
def _from_lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), _SRGB, "LAB", "RGB", flags=_FLAGS)


@lru_cache(_PROFILES_KEPT)
def _from_rgb(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    """None where the profile changes nothing, or cannot be used."""
    transform = _transform(profile, "RGB")
    if transform is None:
        return None
    levels = np.linspace(0, 255, 6).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    changed = np.asarray(transform.apply(Image.fromarray(cube))).astype(int)
    return transform if np.abs(changed - cube).mean() > _NEAR else None


@lru_cache(_PROFILES_KEPT)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(source, _SRGB, mode, "RGB", flags=_FLAGS)
    except _BAD:
        return None
