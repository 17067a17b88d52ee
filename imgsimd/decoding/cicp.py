"""Colour profiles (ICC.1) for colours that a file names by numbers (CICP, ITU-T H.273), as HEIC
and AVIF do in `nclx`.

The curves of BT.709 and its kin count as that of sRGB, as in browsers. What was made for HDR
screens (PQ and HLG) is toned down: what is darker than most of a screen's white stays as it is,
and what is brighter is bent under it, in each colour by itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Light = NDArray[np.float64]
"""1 is the white of a screen."""

_BT_709 = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_BT_2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_PRIMARIES = {1: _BT_709, 9: _BT_2020, 11: _P3, 12: _P3}
"""Places of red, green and blue, x and y; other numbers count as 1."""
_D65, _D50 = (0.95047, 1.0, 1.08883), (0.9642, 1.0, 0.8249)
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
"""To the colours in which a white is adapted to another (ICC.1, annex E)."""
_KNEE = 0.6
_WHITE_NITS, _WHITE_OF_HLG = 203, 0.265
"""Where PQ and HLG have a screen's white (ITU-R BT.2408)."""
_POINTS = 1024
"""Of a curve."""


def _srgb(value: Light) -> Light:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _pq(value: Light) -> Light:
    """SMPTE ST 2084."""
    power = value ** (1 / 78.84375)
    nits = 10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (
        1 / 0.1593017578125
    )
    return _toned_down(nits / _WHITE_NITS)


def _hlg(value: Light) -> Light:
    """ITU-R BT.2100, on a screen of 1,000 nits."""
    bright = (np.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    scene = np.where(value <= 0.5, value**2 / 3, bright)
    return _toned_down((scene / _WHITE_OF_HLG) ** 1.2)


def _toned_down(light: Light) -> Light:
    bent = _KNEE + (1 - _KNEE) * (1 - np.exp(-(light - _KNEE) / (1 - _KNEE)))
    return np.where(light <= _KNEE, light, bent)


_CURVES: dict[int, Callable[[Light], Light]] = {
    4: lambda value: value**2.2,
    5: lambda value: value**2.8,
    8: lambda value: value,
    16: _pq,
    17: lambda value: value**2.6,
    18: _hlg,
}
"""How bright a number from 0 to 1 is; other curves count as that of sRGB."""


@cache
def profile(primaries: int, transfer: int) -> bytes:
    """The profile for these numbers; empty if they stand for sRGB, or for nothing that is known."""
    if primaries not in _PRIMARIES or (primaries == 1 and transfer not in _CURVES):
        return b""
    curve = _CURVES.get(transfer, _srgb)(np.linspace(0, 1, _POINTS))
    return matrix_profile(_PRIMARIES[primaries], curve)


def matrix_profile(primaries: Sequence[tuple[float, float]], curve: Light) -> bytes:
    """The profile of RGB with these places of the primaries, D65 as white, and a curve that is
    given at even steps."""
    columns = _to_xyz(primaries).T
    table = np.clip(curve * 65535 + 0.5, 0, 65535).astype(">u2").tobytes()
    curves = b"curv" + struct.pack(">II", 0, len(curve)) + table
    tags = {b"wtpt": _xyz(_D50)}
    for name, column in zip((b"r", b"g", b"b"), columns, strict=True):
        tags |= {name + b"XYZ": _xyz(column), name + b"TRC": curves}
    return _file(tags)


def _to_xyz(primaries: Sequence[tuple[float, float]]) -> Light:
    """The matrix from linear RGB to XYZ, adapted to the white of profiles."""
    xyz = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    scaled = xyz * np.linalg.solve(xyz, np.array(_D65))
    adapted = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ _D65))
    to_profile: Light = np.linalg.inv(_BRADFORD) @ adapted @ _BRADFORD @ scaled
    return to_profile


def _xyz(values: Sequence[float] | Light) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _file(tags: dict[bytes, bytes]) -> bytes:
    """ICC.1, 7: a header, a table, and the tags."""
    start = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content.ljust(-(-len(content) // 4) * 4, b"\0")
    size = struct.pack(">I", start + len(data))
    kinds = size + b"\0\0\0\0\x02\x40\0\0mntrRGB XYZ ".ljust(32, b"\0") + b"acsp"
    white = _xyz(_D50)[8:]
    return kinds.ljust(68, b"\0") + white.ljust(60, b"\0") + table + data
