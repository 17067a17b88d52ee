"""The functions of libjxl 0.11 that reading JPEG XL needs (jxl/decode.h).

They are those of the libjxl that imagecodecs comes with. Its own `jpegxl_decode` tells neither the
size before it decodes nor the colour profile, and says nothing of the orientation.
"""

from __future__ import annotations

import ctypes

from imagecodecs import _jpegxl

SUCCESS, ERROR, NEED_MORE_INPUT, NEED_BUFFER = 0, 1, 2, 5
BASIC_INFO, COLOUR, WHOLE_IMAGE = 0x40, 0x100, 0x1000
"""What `JxlDecoderProcessInput` returns; the second line can be subscribed to."""
UINT8 = 2
"""A pixel format's type."""
OF_PIXELS = 1
"""Asks for the profile of the pixels that are decoded, not that of the original."""


class BasicInfo(ctypes.Structure):
    """The beginning of `JxlBasicInfo`, and more room than the rest needs."""

    _fields_ = (
        ("has_container", ctypes.c_int),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("bits", ctypes.c_uint32),
        ("exponent_bits", ctypes.c_uint32),
        ("intensity_target", ctypes.c_float),
        ("least_nits", ctypes.c_float),
        ("relative_to_display", ctypes.c_int),
        ("linear_below", ctypes.c_float),
        ("uses_original_profile", ctypes.c_int),
        ("has_preview", ctypes.c_int),
        ("has_animation", ctypes.c_int),
        ("orientation", ctypes.c_int),
        ("colours", ctypes.c_uint32),
        ("extra_channels", ctypes.c_uint32),
        ("alpha_bits", ctypes.c_uint32),
        ("rest", ctypes.c_uint8 * 1024),
    )


class PixelFormat(ctypes.Structure):
    """`JxlPixelFormat`."""

    _fields_ = (
        ("channels", ctypes.c_uint32),
        ("type", ctypes.c_int),
        ("endianness", ctypes.c_int),
        ("alignment", ctypes.c_size_t),
    )


class ColourEncoding(ctypes.Structure):
    """More room than `JxlColorEncoding` needs; only libjxl looks at it."""

    _fields_ = (("content", ctypes.c_double * 64),)


_DECODER, _INT, _SIZE, _PLACE = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_void_p
_PARAMETERS: dict[str, tuple[type, ...]] = {
    "JxlDecoderCreate": (_PLACE,),
    "JxlDecoderDestroy": (_DECODER,),
    "JxlDecoderSetKeepOrientation": (_DECODER, _INT),
    "JxlDecoderSetUnpremultiplyAlpha": (_DECODER, _INT),
    "JxlDecoderSubscribeEvents": (_DECODER, _INT),
    "JxlDecoderSetInput": (_DECODER, ctypes.c_char_p, _SIZE),
    "JxlDecoderProcessInput": (_DECODER,),
    "JxlDecoderGetBasicInfo": (_DECODER, ctypes.POINTER(BasicInfo)),
    "JxlColorEncodingSetToSRGB": (ctypes.POINTER(ColourEncoding), _INT),
    "JxlDecoderSetOutputColorProfile": (_DECODER, ctypes.POINTER(ColourEncoding), _PLACE, _SIZE),
    "JxlDecoderGetICCProfileSize": (_DECODER, _INT, ctypes.POINTER(_SIZE)),
    "JxlDecoderGetColorAsICCProfile": (_DECODER, _INT, ctypes.c_char_p, _SIZE),
    "JxlDecoderSetImageOutBuffer": (_DECODER, ctypes.POINTER(PixelFormat), _PLACE, _SIZE),
}
library = ctypes.CDLL(_jpegxl.__file__)
"""Finds functions in libjxl, too, for imagecodecs' module depends on it."""
try:
    for _name, _types in _PARAMETERS.items():
        getattr(library, _name).argtypes = _types
except AttributeError as error:
    raise ImportError(f"imagecodecs does not come with libjxl: {error}") from error
library.JxlDecoderCreate.restype = ctypes.c_void_p
