"""Files as cameras write them, made of drawings. Pictures are RGB, [height, width, 3]."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from tests.support.exif import block
from tests.support.odd_pictures import PixelArray
from tests.support.odd_rasters import saved

Entry = tuple[int, int, int, int]
"""Tag, type, count, value."""
_TO_CAMERA = [3.2404542, -1.5371385, -0.4985314, -0.969266, 1.8760108, 0.041556, 0.0556434,
              -0.2040259, 1.0572252]  # fmt: skip
"""From XYZ to linear sRGB, which this camera sees."""


def jpeg(picture: PixelArray, quality: int = 95, **options: Any) -> bytes:
    """As a camera's preview."""
    return saved(picture, "JPEG", quality=quality, **options)


def mosaic(picture: PixelArray) -> NDArray[np.uint16]:
    """What a sensor with red, green, green and blue filters sees."""
    linear = ((picture / 255) ** 2.2 * 65535).astype(np.uint16)
    seen = linear[..., 1].copy()
    seen[0::2, 0::2] = linear[0::2, 0::2, 0]
    seen[1::2, 1::2] = linear[1::2, 1::2, 2]
    return seen


def dng(
    picture: PixelArray,
    orientation: int = 1,
    preview: PixelArray | None = None,
    preview_options: dict[str, Any] | None = None,
    bits: int = 16,
    **options: Any,  # each has a type of its own
) -> bytes:
    """Raw data without a preview, or with one that is no JPEG; the options are tifffile's."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        seen = np.right_shift(mosaic(picture), 16 - bits).astype(np.uint16)
        _write_mosaic(writer, seen, orientation, options)
        if preview is not None:
            writer.write(
                preview, photometric="rgb", subfiletype=1, metadata=None, **(preview_options or {})
            )
    return file.getvalue()


def _write_mosaic(
    writer: tifffile.TiffWriter,
    seen: NDArray[np.uint16],
    orientation: int,
    options: dict[str, Any],
) -> None:
    writer.write(
        seen,
        photometric="cfa",
        metadata=None,
        **options,
        extratags=[
            (33421, "H", 2, (2, 2), True),
            (33422, "B", 4, bytes([0, 1, 1, 2]), True),
            (50706, "B", 4, bytes([1, 4, 0, 0]), True),
            (50708, "s", 0, "Test Camera", True),
            (50721, "2i", 9, _fractions(_TO_CAMERA), True),
            (50728, "2I", 3, _fractions([1, 1, 1]), True),
            (50778, "H", 1, 21, True),
            (274, "H", 1, orientation, True),
            (271, "s", 0, "Test", True),
            (272, "s", 0, "Camera", True),
        ],
    )


def _fractions(numbers: list[float]) -> list[int]:
    return [part for number in numbers for part in (round(number * 10000), 10000)]


def nef_like(
    picture: PixelArray, orientation: int = 1, by: str = "interchange", *, with_sensor: bool = True
) -> bytes:
    """A TIFF with a thumbnail, and below it a directory with a JPEG, and one with raw data in a
    form that nobody knows. The JPEG is named by its own tags, or as a strip. Without the raw data,
    no directory says that its picture is a thumbnail."""
    preview, thumbnail = jpeg(picture), jpeg(picture[::8, ::8])
    height, width = picture.shape[:2]
    raw = bytes(1000)
    jpeg_at = 2000
    raw_at = jpeg_at + len(preview)
    thumbnail_at = raw_at + len(raw)
    if by == "interchange":
        named = [(513, 4, 1, jpeg_at), (514, 4, 1, len(preview))]
    else:
        named = [(259, 3, 1, 7), (273, 4, 1, jpeg_at), (279, 4, 1, len(preview))]
    below = [(254, 4, 1, 1), *named]
    sensor = [(254, 4, 1, 0), (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 16),
              (259, 3, 1, 34713), (262, 3, 1, 32803), (273, 4, 1, raw_at),
              (277, 3, 1, 1), (279, 4, 1, len(raw))]  # fmt: skip
    first = [(254, 4, 1, 1), (271, 2, 4, int.from_bytes(b"Abc\0", "little")),
             (274, 3, 1, orientation), (330, 4, 2, 1000),
             (513, 4, 1, thumbnail_at), (514, 4, 1, len(thumbnail))]  # fmt: skip
    if not with_sensor:
        small = np.ascontiguousarray(picture[::8, ::8])
        thumbnail, below, sensor = small.tobytes(), named, []
        first = [(256, 4, 1, small.shape[1]), (257, 4, 1, small.shape[0]), (258, 3, 1, 8),
                 (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, thumbnail_at), (277, 3, 1, 3),
                 (279, 4, 1, len(thumbnail)),
                 *(each for each in first if each[0] in (271, 274, 330))]  # fmt: skip
    file = bytearray(b"II*\0" + struct.pack("<I", 8))
    for at, directory in ((8, first), (1100, below), (1400, sensor)):
        file = file.ljust(at, b"\0") + _directory(directory)
        if at == 8:
            file = file.ljust(1000, b"\0") + struct.pack("<II", 1100, 1400)
    return bytes(file.ljust(jpeg_at, b"\0")) + preview + raw + thumbnail


def _directory(entries: list[Entry]) -> bytes:
    return (
        struct.pack("<H", len(entries))
        + b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
        + bytes(4)
    )


def raf(picture: PixelArray, orientation: int = 1) -> bytes:
    """A header, and the JPEG with its EXIF."""
    preview = jpeg(picture, exif=b"Exif\0\0" + block({274: orientation}))
    header = b"FUJIFILMCCD-RAW 0201FF389501".ljust(84, b"\0")
    return header + struct.pack(">II", 160, len(preview)) + bytes(68) + preview + bytes(5000)


def cr3(picture: PixelArray, orientation: int = 1, gps: bytes = b"") -> bytes:
    """Boxes with EXIF blocks, and a JPEG."""
    blocks = _box(b"CMT1", block({274: orientation})) + _box(b"CMT2", _exif_of_taking())
    blocks += _box(b"CMT4", gps)
    moov = _box(b"moov", _box(b"uuid", bytes(16) + blocks))
    return _box(b"ftyp", b"crx \0\0\0\1crx isom") + moov + _box(b"mdat", jpeg(picture))


def _exif_of_taking() -> bytes:
    text = b"2024:05:01 13:45:07\0"
    entry = struct.pack("<HHII", 36867, 2, len(text), 26)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4) + text


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def olympus_like(picture: PixelArray, orientation: int = 1) -> bytes:
    """A TIFF under another name, with a JPEG somewhere."""
    return b"IIRO" + nef_like(picture, orientation)[4:]
