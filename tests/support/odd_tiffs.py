"""TIFF files of rare kinds. Pictures are RGB, [height, width, 3]."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tests.support.odd_pictures import PixelArray

ORIENTATION = 274


def tiff(samples: NDArray[Any], **options: Any) -> bytes:  # each option has a type of its own
    """The options are those of `tifffile.imwrite`."""
    file = io.BytesIO()
    options = {"photometric": "rgb", "metadata": None} | options
    tifffile.imwrite(file, samples, **options)
    return file.getvalue()


def grey(picture: PixelArray) -> PixelArray:
    return np.asarray(Image.fromarray(picture).convert("L"))


def deep(picture: PixelArray, bits: int) -> NDArray[np.uint16]:
    """8 bits as more."""
    numbers: NDArray[np.uint16] = (picture.astype(np.uint32) * (2**bits - 1) // 255).astype("u2")
    return numbers


def packed(rows: NDArray[Any], bits: int) -> bytes:
    """A grey TIFF with numbers of less than 8 bits, or between 8 and 16, one strip, without
    compression."""
    height, width = rows.shape
    numbers = rows.astype(np.uint32)
    places = np.arange(bits - 1, -1, -1)
    body = np.packbits(
        (numbers[..., None] >> places & 1).reshape(height, -1).astype(np.uint8), axis=1
    )
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, 1),
            (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, body.size)]  # fmt: skip
    entries = b"".join(
        struct.pack("<HHI", tag, kind, 1) + struct.pack("<I", value) for tag, kind, value in tags
    )
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + body.size) + body.tobytes() + directory


def cmyk(picture: PixelArray) -> PixelArray:
    return np.asarray(Image.fromarray(picture).convert("CMYK"))


def lab(picture: PixelArray) -> PixelArray:
    """L, a and b as CIELab in TIFF has them: a and b are signed."""
    srgb, to = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    transform = ImageCms.buildTransform(srgb, to, "RGB", "LAB")
    return np.asarray(transform.apply(Image.fromarray(picture)))


def thumbnail_first(picture: PixelArray) -> bytes:
    """Two pages, the first of which is a small version with other colours."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(255 - picture[::8, ::8], photometric="rgb", subfiletype=1, metadata=None)
        writer.write(picture, photometric="rgb", metadata=None)
    return file.getvalue()


def picture_below(picture: PixelArray) -> bytes:
    """A thumbnail, and the picture in a directory below it."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        thumbnail = 255 - picture[::8, ::8]
        writer.write(thumbnail, photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        writer.write(picture, photometric="rgb", metadata=None)
    return file.getvalue()
