"""Writes JPEG XL with libjxl's encoder (jxl/encode.h): with colours, turns and metadata that
imagecodecs' function does not write."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding.libjxl import BasicInfo, PixelFormat, library

for _name in ("JxlEncoderCreate", "JxlEncoderFrameSettingsCreate"):
    getattr(library, _name).restype = ctypes.c_void_p
_KINDS = {"uint8": (2, 8, 0), "uint16": (3, 16, 0), "float32": (0, 32, 8)}
"""libjxl's number for the type of samples, their bits, and those of their exponent."""
_PRIMARIES = {"sRGB": 1, "BT.2100": 9, "P3": 11}
_TRANSFERS = {"linear": 8, "sRGB": 13, "PQ": 16, "HLG": 18}


class _ExtraChannel(ctypes.Structure):
    """`JxlExtraChannelInfo`, with room."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("bits", ctypes.c_uint32),
        ("exponent_bits", ctypes.c_uint32),
        ("dimension_shift", ctypes.c_uint32),
        ("name_length", ctypes.c_uint32),
        ("is_premultiplied", ctypes.c_int),
        ("rest", ctypes.c_uint8 * 64),
    )


class _Colours(ctypes.Structure):
    """`JxlColorEncoding`."""

    _fields_ = (
        ("space", ctypes.c_int),
        ("white", ctypes.c_int),
        ("white_place", ctypes.c_double * 2),
        ("primaries", ctypes.c_int),
        ("primary_places", ctypes.c_double * 6),
        ("transfer", ctypes.c_int),
        ("gamma", ctypes.c_double),
        ("intent", ctypes.c_int),
    )


def jxl(
    picture: NDArray[np.generic],
    *,
    distance: float = 0.0,
    orientation: int = 1,
    primaries: str = "sRGB",
    transfer: str = "sRGB",
    profile: bytes = b"",
    exif: bytes = b"",
    is_premultiplied: bool = False,
) -> bytes:
    """`distance` 0 is without loss, 1 looks like the original. `picture` has 1 to 4 channels."""
    height, width = picture.shape[:2]
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    kind, bits, exponent = _KINDS[picture.dtype.name]
    info = BasicInfo()
    library.JxlEncoderInitBasicInfo(ctypes.byref(info))
    info.width, info.height, info.orientation = width, height, orientation
    info.bits, info.exponent_bits = bits, exponent
    info.colours = 1 if channels < 3 else 3
    info.uses_original_profile = distance == 0
    if channels in (2, 4):
        info.extra_channels, info.alpha_bits = 1, bits
        ctypes.c_uint32.from_buffer(info.rest, 0).value = exponent
    colours = _Colours(0 if channels > 2 else 1, 1)
    colours.primaries, colours.transfer = _PRIMARIES[primaries], _TRANSFERS[transfer]
    encoder = _Encoder()
    encoder.call("SetBasicInfo", ctypes.byref(info))
    if is_premultiplied:
        alpha = _ExtraChannel(bits=bits, exponent_bits=exponent, is_premultiplied=1)
        encoder.call("SetExtraChannelInfo", ctypes.c_size_t(0), ctypes.byref(alpha))
    if profile:
        encoder.call("SetICCProfile", profile, ctypes.c_size_t(len(profile)))
    else:
        encoder.call("SetColorEncoding", ctypes.byref(colours))
    settings = encoder.settings(distance)
    samples = np.ascontiguousarray(picture)
    library.JxlEncoderAddImageFrame(
        settings,
        ctypes.byref(PixelFormat(channels, kind)),
        ctypes.c_void_p(samples.ctypes.data),
        ctypes.c_size_t(samples.nbytes),
    )
    return encoder.finish(exif)


def jxl_of_jpeg(jpeg: bytes, exif: bytes = b"") -> bytes:
    """The JPEG packed without loss, from which it can be had again."""
    encoder = _Encoder()
    encoder.call("StoreJPEGMetadata", 1)
    settings = encoder.settings(0.0)
    assert library.JxlEncoderAddJPEGFrame(settings, jpeg, ctypes.c_size_t(len(jpeg))) == 0
    return encoder.finish(exif)


class _Encoder:
    def __init__(self) -> None:
        self._encoder = ctypes.c_void_p(library.JxlEncoderCreate(None))

    def call(self, name: str, *arguments: object) -> None:
        assert getattr(library, f"JxlEncoder{name}")(self._encoder, *arguments) == 0, name

    def settings(self, distance: float) -> ctypes.c_void_p:
        settings = ctypes.c_void_p(library.JxlEncoderFrameSettingsCreate(self._encoder, None))
        library.JxlEncoderSetFrameDistance(settings, ctypes.c_float(distance))
        library.JxlEncoderSetFrameLossless(settings, int(distance == 0))
        return settings

    def finish(self, exif: bytes) -> bytes:
        if exif:
            block = bytes(4) + exif
            self.call("UseBoxes")
            self.call("AddBox", b"Exif", block, ctypes.c_size_t(len(block)), 1)
        library.JxlEncoderCloseInput(self._encoder)
        room = ctypes.create_string_buffer(50_000_000)
        place = ctypes.c_void_p(ctypes.addressof(room))
        left = ctypes.c_size_t(len(room))
        self.call("ProcessOutput", ctypes.byref(place), ctypes.byref(left))
        library.JxlEncoderDestroy(self._encoder)
        return room.raw[: len(room) - left.value]
