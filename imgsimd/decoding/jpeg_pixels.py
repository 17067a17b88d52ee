"""Decodes JPEGs with libjpeg-turbo. Runs in the worker only: this is untrusted input."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from imgsimd.decoding import colour, faults, jpeg
from imgsimd.decoding.headers import Header
from imgsimd.decoding.jpeg import Frame
from imgsimd.decoding.picture import Bounds, Picture

_SCALES = (8, 4, 2)
"""How far libjpeg may reduce a picture while it decodes it."""
LARGEST_REDUCED = 1_000_000_000
"""Pixels of a JPEG before it is reduced. Cameras have up to 200 million; 60,000 x 60,000 would keep
a core busy for a minute."""
_LOSSLESS, _HIERARCHICAL, _JPEG_LS = {0xC3, 0xCB}, {*range(0xC5, 0xC8), *range(0xCD, 0xD0)}, {0xF7}
"""Markers of frames that libjpeg does not read, or not as pictures of 8 bits."""
_COMPONENTS = {1, 3, 4}
_CMYK = 4
_UNKNOWN_LAYOUT = "subsampling level"
"""In what TurboJPEG says where chroma is sampled in a way that it has no name for; libjpeg itself
reads that."""

_ColourSpace = Literal["RGB", "CMYK"]


def header(content: bytes) -> Header:
    """Segments: APP1 has the EXIF block, APP2 the profile."""
    content = jpeg.bare(content)
    frame = jpeg.frame(content)
    return Header(frame.width, frame.height, jpeg.exif(content), jpeg.profile(content))


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The picture at the smallest scale that leaves enough pixels. Raises BadPictureError."""
    content = jpeg.bare(content)
    frame = jpeg.frame(content)
    _check_kind(frame)
    scale = _scale(frame, bounds)
    if jpeg.lacks_end(content):
        raise faults.cut_off()
    if frame.components == _CMYK:
        inks = ~_decoded(content, frame, scale, "CMYK")  # 0 is all ink, as Adobe's programs write
        return Picture(colour.cmyk_to_srgb(inks, jpeg.profile(content)), profile=b"")
    return Picture(_decoded(content, frame, scale, "RGB"))


def _check_kind(frame: Frame) -> None:
    """Raises BadPictureError for what libjpeg does not read, by its name."""
    if frame.marker in _JPEG_LS:
        raise faults.unsupported("JPEG-LS")
    if frame.marker in _LOSSLESS:
        raise faults.unsupported("lossless JPEG")
    if frame.marker in _HIERARCHICAL:
        raise faults.unsupported("hierarchical JPEG")
    if frame.marker and frame.precision != 8:
        raise faults.unsupported(f"{frame.precision}-bit JPEG")
    if frame.marker and frame.components not in _COMPONENTS:
        raise faults.unsupported(f"JPEG with {frame.components} components")


def _scale(frame: Frame, bounds: Bounds) -> int:
    """By what the picture is divided. Raises BadPictureError."""
    if frame.height * frame.width > LARGEST_REDUCED:
        raise faults.too_many_pixels(frame.width, frame.height, LARGEST_REDUCED)
    least, shorter = bounds.least, min(frame.height, frame.width)
    scale = next((each for each in _SCALES if least and shorter // each >= least), 1)
    bounds.check(frame.width // scale, frame.height // scale)
    return scale


def _decoded(content: bytes, frame: Frame, scale: int, space: _ColourSpace) -> NDArray[np.uint8]:
    try:
        return _by_turbojpeg(content, frame, scale, space, strict=True)
    except ValueError as error:
        if _UNKNOWN_LAYOUT in str(error):
            return _by_pillow(content, frame, scale, space)
    try:
        return _by_turbojpeg(content, frame, scale, space, strict=False)
    except ValueError as error:
        raise faults.damaged(content) from error


def _by_turbojpeg(
    content: bytes, frame: Frame, scale: int, space: _ColourSpace, *, strict: bool
) -> NDArray[np.uint8]:
    """Raises ValueError for what cannot be decoded; `strict`: for what is broken in any way."""
    decoded: NDArray[np.uint8] = simplejpeg.decode_jpeg(
        content,
        space,
        min_height=-(-frame.height // scale),
        min_width=-(-frame.width // scale),
        strict=strict,
    )
    return decoded


def _by_pillow(content: bytes, frame: Frame, scale: int, space: _ColourSpace) -> NDArray[np.uint8]:
    """As above, for the few JPEGs that only libjpeg itself reads."""
    try:
        with JpegImagePlugin.JpegImageFile(io.BytesIO(content)) as image:
            image.draft(space, (frame.width // scale, frame.height // scale))
            decoded = np.asarray(image.convert(space))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise faults.damaged(content) from error
    return ~decoded if space == "CMYK" else decoded
