"""Calls libjpeg-turbo, through simplejpeg. Runs in the worker only: this is untrusted input.

simplejpeg does not hold Python's lock while it decodes, and prints nothing.
"""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import (
    Image,
    JpegImagePlugin,
    TiffImagePlugin,  # noqa: F401  # Pillow imports it for EXIF: in its sandbox, a worker cannot
)

from imgsimd.decoding.jpeg import Frame

Space = Literal["RGB", "CMYK", "GRAY"]
_MODES = {"RGB": "RGB", "CMYK": "CMYK", "GRAY": "L"}
"""Pillow's names."""
_UNKNOWN_LAYOUT = "subsampling level"
"""In what TurboJPEG says where chroma is sampled in a way that it has no name for; libjpeg itself
reads that."""


def strict(content: bytes, frame: Frame, scale: int, space: Space) -> NDArray[np.uint8]:
    """The picture, [height, width, channels], divided by `scale` (1, 2, 4 or 8).

    Raises ValueError, with libjpeg's first warning, where anything is wrong with the file; for a
    layout that TurboJPEG does not know, only where it is cut off.
    """
    try:
        return _decoded(content, frame, scale, space, is_strict=True)
    except ValueError as error:
        if _UNKNOWN_LAYOUT not in str(error):
            raise
        return _by_pillow(content, frame, scale, space)


def tolerant(content: bytes, frame: Frame, scale: int, space: Space) -> NDArray[np.uint8]:
    """As `strict`, with whatever can be decoded; what is missing is grey. Raises ValueError where
    that is nothing."""
    try:
        return _decoded(content, frame, scale, space, is_strict=False)
    except ValueError:
        return _by_pillow(content, frame, scale, space)


def _decoded(
    content: bytes, frame: Frame, scale: int, space: Space, *, is_strict: bool
) -> NDArray[np.uint8]:
    decoded: NDArray[np.uint8] = simplejpeg.decode_jpeg(
        content,
        space,
        min_height=-(-frame.height // scale),
        min_width=-(-frame.width // scale),
        strict=is_strict,
    )
    return decoded


def _by_pillow(content: bytes, frame: Frame, scale: int, space: Space) -> NDArray[np.uint8]:
    mode = _MODES[space]
    try:
        with JpegImagePlugin.JpegImageFile(io.BytesIO(content)) as image:
            image.draft(mode, (frame.width // scale, frame.height // scale))
            decoded = np.array(image.convert(mode))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
    if space == "GRAY":
        return decoded[..., np.newaxis]
    return ~decoded if space == "CMYK" else decoded
