"""The parts of a Photoshop file, PSD or PSB (Adobe Photoshop File Formats Specification).

The bytes come from anywhere: whatever they are, nothing is raised, and nothing beyond them is read.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

MOST_RESOURCES = 10_000
"""So many are looked at."""
ALPHA_NAMES, PROFILE, UNICODE_ALPHA_NAMES = 1006, 1039, 1045
TRANSPARENT_INDEX, VERSION, EXIF = 1047, 1057, 1058
"""Numbers of image resources."""
_WANTED = {ALPHA_NAMES, PROFILE, UNICODE_ALPHA_NAMES, TRANSPARENT_INDEX, VERSION, EXIF}
_HEADER = struct.Struct(">4sH6xHIIHH")
_TRANSPARENCY_KEYS = (b"Mtrn", b"Mt16", b"Mt32")
"""Of blocks behind the layers, which say that the first extra channel is the transparency."""


class PsdFile(NamedTuple):
    """What a file says before the pixels of its composite."""

    channels: int
    height: int
    width: int
    bits: int
    mode: int
    """How colours are stored: a number of the specification."""
    is_large: bool
    """Whether it is a PSB, in which lengths have twice as many bytes."""
    palette: bytes
    resources: dict[int, bytes]
    layers: bytes
    """The section of layers and masks."""
    composite: int
    """Where the composite begins."""

    def has_transparency(self) -> bool:
        """Whether the first extra channel is the composite's transparency. Others are selections
        that somebody saved; these have names."""
        is_named = not self.resources.keys().isdisjoint((ALPHA_NAMES, UNICODE_ALPHA_NAMES))
        size = 8 if self.is_large else 4
        if _number(self.layers, 0, size):  # otherwise there are no layers, or of more than 8 bits
            return int.from_bytes(self.layers[size : size + 2], "big", signed=True) < 0
        if any(b"8BIM" + key in self.layers for key in _TRANSPARENCY_KEYS):
            return True
        return not self.layers.strip(b"\0") and not is_named

    def lacks_composite(self) -> bool:
        """Whether the composite is only a white area: Photoshop was told not to keep one."""
        return self.resources.get(VERSION, b"")[4:5] == b"\0"


def parsed(content: bytes) -> PsdFile:
    """The parts of this content; zeros for what is not there."""
    start = content[: _HEADER.size].ljust(_HEADER.size, b"\0")
    _, version, channels, height, width, bits, mode = _HEADER.unpack(start)
    is_large = version == 2
    palette, at = _section(content, _HEADER.size, 4)
    resources, at = _section(content, at, 4)
    layers, at = _section(content, at, 8 if is_large else 4)
    return PsdFile(
        channels, height, width, bits, mode, is_large, palette, _resources(resources), layers, at
    )


def _section(content: bytes, at: int, size: int) -> tuple[bytes, int]:
    """What is in it, and where it ends; its length has so many bytes."""
    start = at + size
    end = start + _number(content, at, size)
    return content[start:end], end


def _resources(section: bytes) -> dict[int, bytes]:
    """Those that we want; each has a signature, a number, a name, a length and content."""
    found: dict[int, bytes] = {}
    at = 0
    for _ in range(MOST_RESOURCES):
        if at + 12 > len(section):
            break
        number = _number(section, at + 4, 2)
        content, end = _section(section, at + 6 + _even(1 + section[at + 6]), 4)
        if number in _WANTED:
            found.setdefault(number, content)
        at = _even(end)
    return found


def _even(length: int) -> int:
    return length + length % 2


def _number(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "big")
