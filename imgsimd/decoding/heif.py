"""Decodes HEIF with libheif (through pi-heif). Runs in the worker only: this is untrusted input.

libheif turns and mirrors a picture as its container says. What EXIF says of that is for programs
that look at nothing else, and does not count (ISO/IEC 23008-12, A.2.1).
"""

from __future__ import annotations

import cv2
import numpy as np
import pi_heif
from numpy.typing import NDArray
from pi_heif import HeifImage

from imgsimd.decoding import faults, heif_header, heif_items
from imgsimd.decoding.headers import Header
from imgsimd.decoding.heif_items import Items
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.transparency import on_white
from imgsimd.errors import BadPictureError

# What is not the picture costs time, and may be broken.
pi_heif.options.THUMBNAILS = False
pi_heif.options.DEPTH_IMAGES = False
pi_heif.options.AUX_IMAGES = False
pi_heif.options.DECODE_THREADS = 0
"""A worker decodes as many pictures at once as it has cores."""
_BAD = (ValueError, EOFError, SyntaxError, RuntimeError, OSError)
"""What pi-heif raises for a file that it cannot read."""


_CODECS = {
    b"avc1": "AVC",
    b"j2k1": "JPEG 2000",
    b"jpeg": "JPEG",
    b"unci": "uncompressed pixels",
    b"vvc1": "VVC",
    b"av01": "AV1",
}
"""Kinds of items that the library was built without."""


def header(content: bytes) -> Header:
    """See `heif_header`."""
    return heif_header.header(content)


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The primary picture, upright. Raises BadPictureError."""
    items = heif_items.read(content)
    heif_items.check_whole(content, items)  # libheif would leave missing tiles black
    try:
        image = _primary(content)
        if image is None:
            raise _unreadable(content, items)
        bounds.check(*image.size)
        samples = np.array(image)  # a copy: the library's own memory goes with `image`
    except _BAD as error:
        raise faults.damaged(content) from error
    return Picture(_as_rgb(samples), orientation=1)


def _primary(content: bytes) -> HeifImage | None:
    return next((each for each in pi_heif.open_heif(content) if each.info["primary"]), None)


def _unreadable(content: bytes, items: Items) -> BadPictureError:
    kinds = {item.kind for item in items.parts(items.primary)}
    codec = next((name for kind, name in _CODECS.items() if kind in kinds), None)
    return faults.unsupported(f"HEIF with {codec}") if codec else faults.damaged(content)


def _as_rgb(samples: NDArray[np.uint8] | NDArray[np.uint16]) -> Pixels:
    """Grey comes with up to 16 bits, colours with 8."""
    shallow = (samples >> 8 if samples.dtype == np.uint16 else samples).astype(np.uint8, copy=False)
    if shallow.ndim == 2:
        return cv2.cvtColor(shallow, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
    if shallow.shape[2] == 4:
        return on_white(np.ascontiguousarray(shallow[..., :3]), shallow[..., 3])
    return shallow
