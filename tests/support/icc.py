"""ICC profiles (ICC.1:2010), made by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tests.support.odd_pictures import PixelArray

Colours = NDArray[np.float64]
"""[..., 3 or 4], each from 0 to 1."""

D50 = (0.9642, 1.0, 0.8249)
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
"""Of red, green and blue, X, Y and Z as seen in the light D50."""
ADOBE_RGB = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
PROPHOTO = ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249))
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
SWAPPED = (SRGB[1], SRGB[2], SRGB[0])
"""The numbers for green, blue and red come in the places of red, green and blue."""


def matrix_profile(primaries: tuple[tuple[float, ...], ...], gamma: float) -> bytes:
    """Of a screen with these primaries."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {
        name: _xyz(each) for name, each in zip(("rXYZ", "gXYZ", "bXYZ"), primaries, strict=True)
    }
    return _profile("mntr", "RGB ", "XYZ ", tags | dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve))


def grey_profile(gamma: float) -> bytes:
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    return _profile("mntr", "GRAY", "XYZ ", {"kTRC": curve})


def table_profile(space: str, to_rgb: Callable[[Colours], Colours], points: int = 17) -> bytes:
    """Of "RGB " or "CMYK", by a table (lut16Type) from its colours to CIE L*a*b*, as printers and
    XYB JPEGs have; `to_rgb` gives the colours in sRGB."""
    channels = 3 if space == "RGB " else 4
    steps = np.linspace(0, 1, points)
    grid = np.stack(np.meshgrid(*[steps] * channels, indexing="ij"), axis=-1)
    rgb = np.clip(to_rgb(grid).reshape(1, -1, 3) * 255, 0, 255).round().astype(np.uint8)
    lab = _to_lab(rgb).reshape(-1, 3)
    numbers = np.stack([lab[:, 0] * 652.8, *((lab[:, n] + 128) * 256 for n in (1, 2))], axis=-1)
    identity = struct.pack(">2H", 0, 0xFFFF)
    unit = struct.pack(">9i", *(65536 if n % 4 == 0 else 0 for n in range(9)))
    table = (
        b"mft2" + bytes(4) + bytes([channels, 3, points, 0]) + unit + struct.pack(">2H", 2, 2)
        + identity * channels + np.clip(numbers, 0, 65535).astype(">u2").tobytes() + identity * 3
    )  # fmt: skip
    return _profile("prtr", space, "Lab ", {"A2B0": table})


def _to_lab(rgb: PixelArray) -> Colours:
    """CIE L*a*b*, in its own numbers."""
    lab = ImageCms.createProfile("LAB")
    there = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), lab, "RGB", "LAB")
    found = np.asarray(there.apply(Image.fromarray(rgb)))
    lightness = found[..., 0].astype(np.float64) / 2.55
    signed = found[..., 1:].view(np.int8).astype(np.float64)
    return np.dstack([lightness, signed])


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(each * 65536) for each in values))


def _profile(kind: str, space: str, connection: str, tags: dict[str, bytes]) -> bytes:
    text = b"made by hand"
    described = b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(79)
    tags = {"desc": described, "cprt": b"text" + bytes(4) + text + b"\0", "wtpt": _xyz(D50)} | tags
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        at = 128 + 4 + 12 * len(tags) + len(data)
        table += name.encode() + struct.pack(">2I", at, len(value))
        data += value + bytes(-len(value) % 4)
    size = 128 + len(table) + len(data)
    header = struct.pack(">I4sI", size, b"test", 0x02400000)
    header += (kind + space + connection).encode() + bytes(12) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *(round(each * 65536) for each in D50))
    return header.ljust(128, b"\0") + table + data
