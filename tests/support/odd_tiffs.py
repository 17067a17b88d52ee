"""TIFF files of rare kinds. Pictures are RGB, [height, width, 3]."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tests.support.odd_pictures import PixelArray
from tests.support.pictures import encoded

WIDTH, HEIGHT, PHOTOMETRIC, ORIENTATION, BYTE_COUNTS = 256, 257, 262, 274, 279
"""Tags."""
_UNKNOWN_TAG = 65000
_PAIRS = {530}


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
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, 1), (273, 8), (277, 1),
            (278, height), (279, body.size)]  # fmt: skip
    return _file(body.tobytes(), tags)


def old_jpeg(picture: PixelArray) -> bytes:
    """With "old-style" compression (TIFF 6.0, section 22): one JPEG, and a strip in its middle."""
    jpeg = encoded(picture[..., ::-1].copy(), ".jpg")
    height, width = picture.shape[:2]
    tags = [(256, width), (257, height), (258, 8), (259, 6), (262, 6), (273, 700), (277, 3),
            (278, height), (279, len(jpeg) - 700), (513, 8), (514, len(jpeg))]  # fmt: skip
    return _file(jpeg, tags)


def fax(is_white: NDArray[np.bool_], compression: str) -> bytes:
    """One bit a pixel, by Pillow, which names the compression."""
    file = io.BytesIO()
    Image.fromarray(is_white).save(file, "TIFF", compression=compression)
    return file.getvalue()


def ycbcr(picture: PixelArray, wide: int, high: int, compression: int = 1) -> bytes:
    """With one colour for so many columns and rows of pixels, which divide the size."""
    height, width = picture.shape[:2]
    light, *colours = np.moveaxis(np.asarray(Image.fromarray(picture).convert("YCbCr")), 2, 0)
    down, across = height // high, width // wide
    blocks = light.reshape(down, high, across, wide).swapaxes(1, 2).reshape(down, across, -1)
    means = [each.reshape(down, high, across, wide).mean(axis=(1, 3)) for each in colours]
    return strip(np.dstack([blocks, *means]).astype(np.uint8).tobytes(), picture.shape, compression,
                 [(262, 6), (530, wide | high << 16)])  # fmt: skip


def strip(
    samples: bytes,
    shape: tuple[int, ...],
    compression: int,
    tags: Sequence[tuple[int, int]] = ((262, 2),),
) -> bytes:
    """RGB of this shape in one strip with these bytes, not compressed (1) or deflated (8)."""
    body = zlib.compress(samples) if compression == 8 else samples
    height, width = shape[:2]
    return _file(body, sorted([
        (256, width), (257, height), (258, 8), (259, compression), (273, 8), (277, 3),
        (278, height), (279, len(body)), *tags,
    ]))  # fmt: skip


def _file(body: bytes, tags: list[tuple[int, int]]) -> bytes:
    """The body right behind the header, and then one directory, in which all values are LONG, or
    a pair of SHORT."""
    entries = b"".join(
        struct.pack("<HHII", tag, *((3, 2) if tag in _PAIRS else (4, 1)), value)
        for tag, value in tags
    )
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + directory


def with_tag(content: bytes, tag: int, value: int | None) -> bytes:
    """The TIFF with another single number for a tag of its first directory, or without that tag."""
    start = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[start : start + 2], "little")
    places = range(start + 2, start + 2 + 12 * count, 12)
    at = next(at for at in places if content[at : at + 2] == struct.pack("<H", tag))
    changed = struct.pack("<HHII", tag, 4, 1, value or 0)
    if value is None:
        changed = struct.pack("<H", _UNKNOWN_TAG) + content[at + 2 : at + 12]
    return content[:at] + changed + content[at + 12 :]


def cmyk(picture: PixelArray) -> PixelArray:
    return np.asarray(Image.fromarray(picture).convert("CMYK"))


def lab(picture: PixelArray) -> PixelArray:
    """L, a and b as CIELab in TIFF has them: a and b are signed."""
    srgb, to = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    transform = ImageCms.buildTransform(srgb, to, "RGB", "LAB")
    return np.asarray(transform.apply(Image.fromarray(picture)))


def thumbnail_first(picture: PixelArray, **options: Any) -> bytes:
    """Two pages, the first of which is a small version with other colours. The options are those of
    `tifffile.imwrite` for the second."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(255 - picture[::8, ::8], photometric="rgb", subfiletype=1, metadata=None)
        writer.write(picture, photometric="rgb", metadata=None, **options)
    return file.getvalue()


def picture_below(picture: PixelArray) -> bytes:
    """A thumbnail, and the picture in a directory below it."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        thumbnail = 255 - picture[::8, ::8]
        writer.write(thumbnail, photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        writer.write(picture, photometric="rgb", metadata=None)
    return file.getvalue()
