"""Numbers of a TIFF's page become 8-bit RGB (TIFF 6.0; Adobe's Technical Notes on Lab)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from tifffile import COMPRESSION, PHOTOMETRIC, SAMPLEFORMAT, TiffPage

from imgsimd.decoding import colour, faults, tiff_chroma
from imgsimd.decoding.picture import Pixels
from imgsimd.decoding.transparency import on_white

Samples = NDArray[np.generic]
"""As they are stored: [height, width] or [height, width, channels]."""

_COLOURS: dict[int, int] = {
    PHOTOMETRIC.MINISWHITE: 1,
    PHOTOMETRIC.MINISBLACK: 1,
    PHOTOMETRIC.PALETTE: 1,
    PHOTOMETRIC.RGB: 3,
    PHOTOMETRIC.SEPARATED: 4,
    PHOTOMETRIC.YCBCR: 3,
    PHOTOMETRIC.CIELAB: 3,
    PHOTOMETRIC.ICCLAB: 3,
}
"""How many channels a colour has; others are extra."""
_PREMULTIPLIED, _ALPHA = 1, 2
"""Values of the tag ExtraSamples; others say nothing of transparency."""
FAX = {COMPRESSION.CCITTRLE, COMPRESSION.CCITT_T4, COMPRESSION.CCITT_T6}
"""Compressions of black and white."""
_CMYK = 1
"""The value of the tag InkSet; others have inks of other colours."""
_RANGES = ((1, 0, 16), (255, 16, 1024), (65535, 4096, 262144))
"""Whites of numbers with a fraction; and between which numbers the brightest hundredth of a picture
may begin: in some, highlights are brighter than white, and others are dark."""
_STEP = 4
"""Every so many pixels of a row, and rows, are enough to know the range."""


def check(page: TiffPage) -> None:
    """Raises BadPictureError for colours that are not read."""
    if page.photometric not in _COLOURS:
        name = getattr(page.photometric, "name", page.photometric)
        raise faults.unsupported(f"TIFF with the colours {name}")
    if page.samplesperpixel < _COLOURS[page.photometric]:
        raise faults.unsupported(f"TIFF with {page.samplesperpixel} channels")
    if page.photometric == PHOTOMETRIC.SEPARATED and page.tags.valueof(332, _CMYK) != _CMYK:
        raise faults.unsupported("TIFF with inks that are not CMYK")
    if isinstance(page.bitspersample, tuple) or page.dtype is None:
        raise faults.unsupported(f"TIFF with {page.bitspersample} bits")
    if page.compression in FAX and page.bitspersample != 1:
        raise faults.unsupported(f"TIFF of a fax with {page.bitspersample} bits")
    if page.sampleformat in (SAMPLEFORMAT.COMPLEXINT, SAMPLEFORMAT.COMPLEXIEEEFP):
        raise faults.unsupported("TIFF with complex numbers")
    if tiff_chroma.is_subsampled(page):
        tiff_chroma.check(page)


def to_rgb(page: TiffPage, samples: Samples) -> Pixels:
    """The samples of this page as RGB, [height, width, 3], transparency on white. Of Lab and CMYK
    the colours are sRGB; of others, they are in the page's own profile."""
    channels = _channels_last(page, samples)
    count = _COLOURS[page.photometric]
    colours, extra = channels[..., :count], channels[..., count:]
    pixels = _rgb(page, colours)
    kinds = page.extrasamples[: extra.shape[2]]
    alphas = [n for n, kind in enumerate(kinds) if kind in (_PREMULTIPLIED, _ALPHA)]
    if not alphas:
        return pixels
    alpha = np.ascontiguousarray(_eight_bits(page, extra[..., alphas[0]]))
    if kinds[alphas[0]] == _PREMULTIPLIED:
        missing = cv2.bitwise_not(cv2.merge([alpha, alpha, alpha]))
        return cv2.add(pixels, missing).astype(np.uint8, copy=False)
    return on_white(pixels, alpha)


def _channels_last(page: TiffPage, samples: Samples) -> Samples:
    """[height, width, channels]."""
    if samples.ndim == 2:
        return samples[..., None]
    return np.moveaxis(samples, 0, 2) if page.axes.startswith("S") else samples


def _rgb(page: TiffPage, colours: Samples) -> Pixels:
    match page.photometric:
        case PHOTOMETRIC.PALETTE:
            return _from_palette(page, colours[..., 0])
        case PHOTOMETRIC.SEPARATED:
            return colour.cmyk_to_srgb(_eight_bits(page, colours), page.iccprofile or b"")
        case PHOTOMETRIC.CIELAB | PHOTOMETRIC.ICCLAB:
            return colour.lab_to_srgb(_lab(page, colours))
    levels = _eight_bits(page, colours)
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        levels = 255 - levels
    if levels.shape[2] == 1:
        return np.repeat(levels, 3, axis=2)
    if tiff_chroma.is_ycbcr(page):
        return cv2.cvtColor(levels[..., [0, 2, 1]], cv2.COLOR_YCrCb2RGB).astype(np.uint8)
    return np.ascontiguousarray(levels)


def _from_palette(page: TiffPage, numbers: Samples) -> Pixels:
    """Old programs wrote palettes of 8 bits where there should be 16."""
    palette = np.asarray(page.colormap)
    colours = (palette >> 8 if palette.max() > 255 else palette).T.astype(np.uint8)
    pixels: Pixels = colours[np.minimum(numbers, len(colours) - 1)]
    return pixels


def _lab(page: TiffPage, colours: Samples) -> NDArray[np.uint8]:
    """8 bits each, a and b signed."""
    bits = int(page.bitspersample)
    if bits not in (8, 16):
        raise faults.unsupported(f"TIFF with Lab of {bits} bits")
    numbers = colours.astype(np.uint16) >> (bits - 8)
    if page.photometric == PHOTOMETRIC.ICCLAB:
        numbers[..., 1:] ^= 0x80  # from 0 to 255
    return numbers.astype(np.uint8)


def _eight_bits(page: TiffPage, samples: Samples) -> NDArray[np.uint8]:
    """The full range of the samples as 0 to 255."""
    bits = int(page.bitspersample)
    if samples.dtype.kind == "f" or (bits > 16 and samples.max() < 2 ** (bits - 8)):
        return _from_fractions(samples)  # some programs store any number in 32 bits
    if samples.dtype.kind == "i":
        samples = samples.astype(np.int64) + (1 << (bits - 1))
    if bits == 8:
        return np.ascontiguousarray(samples.astype(np.uint8, copy=False))
    return _levels(samples.astype(np.float32) * (255 / (2**bits - 1)))


def _from_fractions(samples: Samples) -> NDArray[np.uint8]:
    """From 0 to 1, as all programs for photos write them; or, where that cannot be, in the range of
    8 or 16 bits; or else so that nearly all of them can be told apart."""
    numbers = np.nan_to_num(samples.astype(np.float32), posinf=0, neginf=0)
    ordered = np.sort(numbers[::_STEP, ::_STEP], axis=None)
    low, high = (float(ordered[at]) for at in (ordered.size // 100, -1 - ordered.size // 100))
    for white, least, most in _RANGES:
        if low >= -white / 16 and least <= high <= most:
            return _levels(numbers * (255 / white))
    return _levels((numbers - low) * (255 / max(high - low, 1e-9)))


def _levels(numbers: NDArray[np.float32]) -> NDArray[np.uint8]:
    return cv2.convertScaleAbs(numbers.clip(0, 255)).reshape(numbers.shape).astype(np.uint8)
