"""Decodes with Pillow what OpenCV reads wrong, or not at all. Runs in the worker only: this is
untrusted input.

OpenCV 5.0 gives wrong pixels for run-length encoded BMP, takes no account of a PNM's largest value,
and does not read GIF frames outside of the logical screen. (Of JPEG 2000 with more than 8 bits,
Pillow 13 shows white as black.)
"""

from __future__ import annotations

import io
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile, DibImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.SunImagePlugin import SunImageFile

from imgsimd.decoding import faults
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.transparency import on_white
from imgsimd.errors import BadPictureError

Plugin = TypeVar("Plugin", bound=ImageFile)

Image.MAX_IMAGE_PIXELS = None  # `Bounds.check` refuses what is too large


def bmp(content: bytes, bounds: Bounds) -> Picture:
    """Also without the header of a file (DIB). Raises BadPictureError."""
    plugin: type[BmpImageFile] = BmpImageFile if content.startswith(b"BM") else DibImageFile
    image = _loaded(plugin, content, bounds)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
        return Picture(_rgb(image.convert("RGB")))  # alpha was left unset, and viewers ignore it
    return Picture(_rgb(image))


def gif(content: bytes, bounds: Bounds) -> Picture:
    """The first frame, and white where it leaves the screen bare. Raises BadPictureError."""
    image = _loaded(GifImageFile, content, bounds)
    pixels = _rgb(image)
    left, top, right, bottom = image.dispose_extent or (0, 0, *image.size)
    is_bare = np.ones(pixels.shape[:2], bool)
    is_bare[top:bottom, left:right] = False
    if is_bare.any():
        pixels = pixels.copy()
        pixels[is_bare] = 255
    return Picture(pixels)


def pnm(content: bytes, bounds: Bounds) -> Picture:
    """Scaled from the file's own largest value. Raises BadPictureError."""
    return Picture(_rgb(_loaded(PpmImageFile, content, bounds)))


def jpeg2000(content: bytes, bounds: Bounds) -> Picture:
    """Grey with alpha; up to 8 bits. Raises BadPictureError."""
    return Picture(_rgb(_loaded(Jpeg2KImageFile, content, bounds)))


def sun_raster(content: bytes, bounds: Bounds) -> Picture:
    """All types but those of other programs. Raises BadPictureError."""
    return Picture(_rgb(_loaded(SunImageFile, content, bounds)))


def _loaded(plugin: type[Plugin], content: bytes, bounds: Bounds) -> Plugin:
    """The decoded picture. A plugin raises whatever it comes upon in a broken file."""
    try:
        image = plugin(io.BytesIO(content))
        bounds.check(*image.size)
        image.load()
    except (MemoryError, BadPictureError):
        raise
    except Exception as error:
        raise faults.damaged(content) from error
    return image


def _rgb(image: Image.Image) -> Pixels:
    """What a plugin gives as RGB [height, width, 3], transparency on white."""
    if image.mode.startswith("I"):  # grey of 16 bits
        return _grey(np.asarray(image) / 257)
    if image.has_transparency_data:
        pixels = np.asarray(image.convert("RGBA"))
        return on_white(pixels[..., :3], pixels[..., 3])
    return np.asarray(image.convert("RGB"))


def _grey(grey: NDArray[np.floating]) -> Pixels:
    levels = np.rint(grey).clip(0, 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)
