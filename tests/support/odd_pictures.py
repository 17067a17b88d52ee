"""Pictures as files that are made in a way that is rare, or that other programs read wrong.

Pictures are RGB or RGBA, [height, width, 3 or 4], or grey, [height, width].
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from imgsimd.samples import drawing

PixelArray = NDArray[np.uint8]


def photo(width: int = 480, height: int = 360, seed: int = 1) -> PixelArray:
    """A drawing that looks like a photo."""
    return drawing.draw("mountain", np.random.default_rng(seed), width, height)


def heic(picture: PixelArray, **options: Any) -> bytes:  # each option has a type of its own
    """A HEIC; the options are those of `pillow_heif.HeifFile.save`, and `info` of Pillow."""
    file = io.BytesIO()
    image = Image.fromarray(picture)
    image.info.update(options.pop("info", {}))
    pillow_heif.from_pillow(image).save(file, **{"quality": 90} | options)
    return file.getvalue()


def avif(picture: PixelArray, **options: Any) -> bytes:  # as above
    """An AVIF; the options are those of Pillow. It writes EXIF's orientation as `irot` and
    `imir`, and leaves it out of the EXIF."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "AVIF", **{"quality": 90} | options)
    return file.getvalue()


def with_property(content: bytes, name: bytes, value: bytes) -> bytes:
    """A HEIC or AVIF with other content in its one property of this name, of the same length."""
    at = content.index(name) + 4
    return content[:at] + value + content[at + len(value) :]
