"""PNG, WebP, GIF, BMP and their kin, made in ways that are rare or that programs read wrong.

Pictures are RGB or RGBA, [height, width, 3 or 4], or grey, [height, width].
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.support.odd_pictures import PixelArray

SIZE = 240
"""Pixels of each side of a shape."""


def saved(
    picture: NDArray[np.unsignedinteger], kind: str, mode: str | None = None, **options: Any
) -> bytes:
    """By Pillow, in another mode if one is given; each option has a type of its own."""
    image = Image.fromarray(picture)
    file = io.BytesIO()
    (image.convert(mode) if mode else image).save(file, kind, **options)
    return file.getvalue()


def shape(name: str) -> PixelArray:
    """A black shape, as RGBA: black everywhere, and the shape only in alpha."""
    alpha = Image.new("L", (SIZE, SIZE))
    draw = ImageDraw.Draw(alpha)
    if name == "circle":
        draw.ellipse((40, 40, 200, 200), fill=255)
    elif name == "bar":
        draw.rectangle((20, 100, 220, 140), fill=255)
    else:
        star = [(120, 10), (150, 90), (235, 95), (165, 145), (190, 230), (120, 180)]
        draw.polygon([*star, (50, 230), (75, 145), (5, 95), (90, 90)], fill=255)
    return np.dstack([np.zeros((SIZE, SIZE, 3), np.uint8), np.asarray(alpha)])


def with_ellipse(picture: PixelArray) -> PixelArray:
    """RGBA: the picture shows only within an ellipse; its pixels are whole."""
    height, width = picture.shape[:2]
    alpha = Image.new("L", (width, height))
    ImageDraw.Draw(alpha).ellipse((20, 20, width - 20, height - 20), fill=255)
    return np.dstack([picture, np.asarray(alpha)])


def on_white(picture: PixelArray) -> PixelArray:
    """RGBA as RGB, by Pillow's own composition."""
    image = Image.fromarray(picture)
    ground = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(ground, image).convert("RGB"))


def grey_png(grey: PixelArray, bits: int, transparent: int) -> bytes:
    """Grey of 8 or 16 bits, in which one number stands for transparent pixels."""
    numbers = grey.astype(">u2") * 257 if bits == 16 else grey
    rows = b"".join(b"\0" + row.tobytes() for row in numbers)
    height, width = grey.shape
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)),
            (b"tRNS", struct.pack(">H", transparent)),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def gif_with_screen(gif: bytes, width: int, height: int) -> bytes:
    """The GIF with another logical screen."""
    return gif[:6] + struct.pack("<HH", width, height) + gif[10:]


def run_length_bmp(picture: PixelArray, bits: int) -> bytes:
    """A BMP of RLE8 or RLE4, as Windows 3 has them, with 16 grey levels."""
    levels = np.asarray(Image.fromarray(picture).convert("L")) >> 4
    height, width = levels.shape
    body = b"".join(_encoded_row(row, bits) + b"\0\0" for row in levels[::-1]) + b"\0\1"
    palette = b"".join(bytes([level * 17] * 3 + [0]) for level in range(16))
    palette += bytes(4 * ((1 << bits) - 16))
    start = 54 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 1 if bits == 8 else 2,
                         len(body), 0, 0, 1 << bits, 0)  # fmt: skip
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + palette + body


def _encoded_row(row: PixelArray, bits: int) -> bytes:
    runs: list[tuple[int, int]] = []
    for level in map(int, row):
        if runs and runs[-1][1] == level and runs[-1][0] < 255:
            runs[-1] = runs[-1][0] + 1, level
        else:
            runs.append((1, level))
    return b"".join(
        bytes([length, level if bits == 8 else level << 4 | level]) for length, level in runs
    )


def rgb565_bmp(picture: PixelArray) -> bytes:
    """A BMP of 16 bits a pixel with masks of 5, 6 and 5 bits."""
    red, green, blue = np.moveaxis(picture.astype(np.uint16), 2, 0)
    numbers = (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3
    height, width = numbers.shape
    rows = np.zeros((height, (width + 1) // 2 * 2), "<u2")
    rows[:, :width] = numbers[::-1]
    masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 16, 3, rows.nbytes, 0, 0, 0, 0)
    start = 14 + len(header) + len(masks)
    file = b"BM" + struct.pack("<IHHI", start + rows.nbytes, 0, 0, start)
    return file + header + masks + rows.tobytes()


def as_dib(bmp: bytes) -> bytes:
    """The BMP without the header of a file."""
    return bmp[14:]


def pam(samples: NDArray[np.unsignedinteger], largest: int | None = None) -> bytes:
    """By hand, of [height, width, channels]; `largest` is white."""
    height, width, channels = samples.shape
    sizes = {"WIDTH": width, "HEIGHT": height, "DEPTH": channels}
    sizes["MAXVAL"] = largest or np.iinfo(samples.dtype).max
    lines = ["P7", *(f"{name} {value}" for name, value in sizes.items()), "ENDHDR\n"]
    return "\n".join(lines).encode() + samples.astype(samples.dtype.newbyteorder(">")).tobytes()
