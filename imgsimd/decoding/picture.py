"""What a decoder makes of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding import faults

Pixels: TypeAlias = NDArray[np.uint8]
"""RGB, [height, width, 3]."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Decoded pixels, and what is still to be done with them."""

    pixels: Pixels
    """Transparent pixels are mixed with white already."""
    orientation: int | None = None
    """How the pixels must be turned to be upright: EXIF's number; None: as the file's header says.
    A decoder that turns the picture itself says 1."""
    profile: bytes | None = None
    """The ICC profile of the pixels, empty for sRGB; None: the one in the file's header. A decoder
    that converts colours itself says b""."""
    read: float = 1.0
    """The share of the picture that could be decoded, above 0; less than 1 in a damaged file."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many pixels a decoder is asked for."""

    least: int | None
    """It may decode a smaller picture if that is quicker, and if its short side keeps so many
    pixels; None: the whole picture."""
    most: int
    """So many pixels may be decoded at once."""

    def check(self, width: int, height: int) -> None:
        """Raises BadPictureError for a picture of this size if it is too large."""
        if width * height > self.most:
            raise faults.too_many_pixels(width, height, self.most)
