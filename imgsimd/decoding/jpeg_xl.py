"""Decodes JPEG XL with libjxl, in one thread. Runs in the worker only: this is untrusted input."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from imagecodecs import brotli_decode

from imgsimd.decoding import faults, iso_boxes, libjxl
from imgsimd.decoding.headers import Header
from imgsimd.decoding.libjxl import BasicInfo, ColourEncoding, PixelFormat, library
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.transparency import on_white

SCREEN_NITS = 255
"""What is brighter was made for HDR screens. The profile that libjxl gives with it tones it down;
libjxl itself would show it dark."""
LONGEST_EXIF = 2**16
"""An EXIF block of a JPEG fits into a segment of this length."""


def header(content: bytes) -> Header:
    """The code stream has the size and the orientation, a box has the EXIF."""
    with _decoder(content, libjxl.BASIC_INFO) as decoder:
        library.JxlDecoderSetKeepOrientation(decoder, 1)
        library.JxlDecoderProcessInput(decoder)
        info = _info(decoder)
    return Header(info.width, info.height, _exif(content), orientation=info.orientation or None)


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The picture, or the first of an animation, upright. Raises BadPictureError."""
    events = libjxl.BASIC_INFO | libjxl.COLOUR | libjxl.WHOLE_IMAGE
    samples, profile = np.empty((0, 0, 3), np.uint8), b""
    with _decoder(content, events) as decoder:
        while (status := library.JxlDecoderProcessInput(decoder)) != libjxl.WHOLE_IMAGE:
            info = _info(decoder)
            if status == libjxl.BASIC_INFO:
                bounds.check(info.width, info.height)
            elif status == libjxl.COLOUR:
                _ask_for_srgb(decoder, info)
                profile = _profile(decoder)
            elif status == libjxl.NEED_BUFFER:
                samples = _buffer(decoder, info)
            elif status == libjxl.NEED_MORE_INPUT:
                raise faults.cut_off()
            else:
                raise faults.damaged(content)
    return Picture(_opaque(samples), 1, profile)


@contextmanager
def _decoder(content: bytes, events: int) -> Iterator[int]:
    """A decoder of libjxl that has been given this file, and stops at these events."""
    decoder = library.JxlDecoderCreate(None)
    if not decoder:
        raise MemoryError
    try:
        library.JxlDecoderSetUnpremultiplyAlpha(decoder, 1)
        library.JxlDecoderSubscribeEvents(decoder, events)
        library.JxlDecoderSetInput(decoder, content, len(content))
        yield decoder
    finally:
        library.JxlDecoderDestroy(decoder)


def _info(decoder: int) -> BasicInfo:
    info = BasicInfo()
    library.JxlDecoderGetBasicInfo(decoder, info)
    return info


def _ask_for_srgb(decoder: int, info: BasicInfo) -> None:
    """libjxl obeys where the picture is in its own colour space (XYB), as after compression with
    loss; otherwise it gives the colours of the original."""
    if not info.uses_original_profile and info.intensity_target <= SCREEN_NITS:
        srgb = ColourEncoding()
        library.JxlColorEncodingSetToSRGB(srgb, info.colours == 1)
        library.JxlDecoderSetOutputColorProfile(decoder, srgb, None, 0)


def _profile(decoder: int) -> bytes:
    """Of the pixels that will be decoded; empty if libjxl has none."""
    size = ctypes.c_size_t()
    if library.JxlDecoderGetICCProfileSize(decoder, libjxl.OF_PIXELS, size):
        return b""
    profile = ctypes.create_string_buffer(size.value)
    library.JxlDecoderGetColorAsICCProfile(decoder, libjxl.OF_PIXELS, profile, size)
    return profile.raw


def _buffer(decoder: int, info: BasicInfo) -> Pixels:
    """Pixels that libjxl will fill: RGB, or RGBA."""
    channels = 4 if info.alpha_bits else 3
    samples = np.zeros((info.height, info.width, channels), np.uint8)
    library.JxlDecoderSetImageOutBuffer(
        decoder, PixelFormat(channels, libjxl.UINT8), samples.ctypes.data, samples.nbytes
    )
    return samples


def _opaque(samples: Pixels) -> Pixels:
    if samples.shape[2] == 3:
        return samples
    return on_white(np.ascontiguousarray(samples[..., :3]), samples[..., 3])


def _exif(content: bytes) -> bytes:
    """The block begins behind a number, which says how much is before the TIFF header; it may be
    compressed."""
    for box in iso_boxes.boxes(content, 0, len(content)):
        block = content[box.start : min(box.end, box.start + LONGEST_EXIF)]
        if box.name == b"brob" and block[:4] == b"Exif":
            block = _unpacked(block[4:])
        elif box.name != b"Exif":
            continue
        return block[4 + int.from_bytes(block[:4], "big") :]
    return b""


def _unpacked(block: bytes) -> bytes:
    try:
        return bytes(brotli_decode(block, out=LONGEST_EXIF))
    except (RuntimeError, ValueError):
        return b""
