"""Decodes TIFF with tifffile and imagecodecs. Runs in the worker only: this is untrusted input.

What cannot be decoded is refused by name: OpenCV and libtiff give black pixels for it.
"""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Literal

import imagecodecs
import numpy as np
from tifffile import COMPRESSION, PHOTOMETRIC, TIFF, TiffFile, TiffPage

from imgsimd.decoding import faults, tiff_colours
from imgsimd.decoding.headers import Header
from imgsimd.decoding.picture import Bounds, Picture
from imgsimd.decoding.tiff_colours import Samples
from imgsimd.decoding.tiff_strips import Strips
from imgsimd.errors import BadPictureError

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it warns of each oddity of a file

_REDUCED, _MASK = 1, 4
"""Bits of the tag NewSubfileType."""
_OLD_REDUCED = 2
"""The value of the tag SubfileType, which came before."""
_JPEG_XR = {COMPRESSION.JPEGXR, COMPRESSION.JPEGXR_NDPI}
"""jxrlib, which nobody maintains, prints thousands of lines about a broken file."""
_MOST_PAGES = 16
"""So many are looked at; thumbnails and masks come first, if at all."""
_MOST_SAMPLES = 32
_BYTES_A_PIXEL = 8
"""Of the whole picture on average: more than RGB of 16 bits with alpha is no photo."""
_PHOTOMETRIC, _JPEG_PLACE = 262, 513
"""The tags PhotometricInterpretation and JPEGInterchangeFormat."""


_CALLED_BY_CODECS = ("jpeg8_decode", "ljpeg_decode")
"""Decoders that `jpeg_decode` calls, in modules of their own."""


def _load_codecs() -> None:
    """imagecodecs imports each codec when it is first used: in its sandbox, a worker cannot."""
    for compression in COMPRESSION:
        with suppress(KeyError):
            TIFF.DECOMPRESSORS[compression]
    for predictor in range(1, 4):
        with suppress(KeyError):
            TIFF.UNPREDICTORS[predictor]
    for name in _CALLED_BY_CODECS:
        getattr(imagecodecs, name)


_load_codecs()


@np.errstate(all="ignore")
def header(content: bytes) -> Header:
    """Of the page that is shown. EXIF is in the tags of the first one."""
    try:
        with _opened(content) as file:
            page = _page(file)
            return Header(
                int(page.imagewidth),  # in a broken file, any value may have any type
                int(page.imagelength),
                content,
                page.iccprofile or file.pages.first.iccprofile or b"",
                _orientation(page, file.pages.first),
            )
    except Exception:  # tifffile raises whatever it comes upon in a broken file
        return Header(exif=content)


def _orientation(page: TiffPage, first: TiffPage) -> int | None:
    """The page's own, or else the first one's."""
    for each in (page, first):
        value = each.tags.valueof(274)
        if isinstance(value, int) and 1 <= value <= 8:
            return int(value)
    return None


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The first page that is a whole picture; what is missing of it is white. Raises
    BadPictureError."""
    return _pixels(content, bounds, _page)


def pixels_at(content: bytes, directory: int, bounds: Bounds) -> Picture:
    """The page with its directory at this place. Raises BadPictureError."""
    order: Literal["little", "big"] = "little" if content.startswith(b"II") else "big"
    led_there = content[:4] + directory.to_bytes(4, order) + content[8:]
    return _pixels(led_there, bounds, lambda file: file.pages.first)


@np.errstate(all="ignore")
def _pixels(content: bytes, bounds: Bounds, chosen: Callable[[TiffFile], TiffPage]) -> Picture:
    try:
        with _opened(content) as file:
            page = chosen(file)
            _guess_colours(page)
            _check(page, bounds)
            whole = _old_jpeg(page, content)
            samples, read = (whole, 1.0) if whole is not None else Strips(page, content).decoded()
            return Picture(tiff_colours.to_rgb(page, samples), profile=None, read=read)
    except (MemoryError, BadPictureError):
        raise
    except Exception as error:  # as above
        raise faults.damaged(content) from error


def _old_jpeg(page: TiffPage, content: bytes) -> Samples | None:
    """Of a page with "old-style" JPEG compression that has its whole JPEG in one place; the strips
    may be parts of it."""
    if page.compression != COMPRESSION.OJPEG or _JPEG_PLACE not in page.tags:
        return None
    (at,) = page.tags.valueof(_JPEG_PLACE)
    samples: Samples = imagecodecs.jpeg_decode(content[at:])
    if samples.shape[:2] != (page.imagelength, page.imagewidth):
        raise ValueError("the JPEG is not the page")
    return samples


def _opened(content: bytes) -> TiffFile:
    return TiffFile(io.BytesIO(content), _multifile=False)


def _page(file: TiffFile) -> TiffPage:
    """The first that is neither a thumbnail nor a mask; the very first if there is no other."""
    first = file.pages.first
    if _is_whole(first):
        return first
    return next(filter(_is_whole, _further_pages(file)), first)


def _further_pages(file: TiffFile) -> Iterator[TiffPage]:
    """Those below the first page, and those that follow it."""
    first = file.pages.first
    if first.pages is not None:
        yield from (page for page in first.pages[:_MOST_PAGES] if isinstance(page, TiffPage))
    for number in range(1, _MOST_PAGES):
        try:
            page = file.pages[number]
        except IndexError:
            return
        if isinstance(page, TiffPage):
            yield page


def _is_whole(page: TiffPage) -> bool:
    is_part = page.subfiletype & (_REDUCED | _MASK) or page.tags.valueof(255) == _OLD_REDUCED
    return not is_part and page.imagewidth > 0 and page.imagelength > 0


def _guess_colours(page: TiffPage) -> None:
    """As libtiff does it, where the page does not say what its numbers mean."""
    if _PHOTOMETRIC in page.tags or page.compression == COMPRESSION.OJPEG:
        return
    if page.samplesperpixel >= 3:
        page.photometric = PHOTOMETRIC.RGB
    elif page.compression not in tiff_colours.FAX:
        page.photometric = PHOTOMETRIC.MINISBLACK


def _check(page: TiffPage, bounds: Bounds) -> None:
    """Raises BadPictureError for what is too large, and for what nobody can decode."""
    bounds.check(page.imagewidth, page.imagelength)
    if page.samplesperpixel > _MOST_SAMPLES or page.imagedepth > 1:
        raise faults.unsupported(f"TIFF with {page.samplesperpixel} x {page.imagedepth} samples")
    if page.compression in _JPEG_XR or page.compression not in TIFF.DECOMPRESSORS:
        raise faults.unsupported(f"TIFF with compression {int(page.compression)}")
    tiff_colours.check(page)
    size = (page.dtype or np.dtype("u1")).itemsize
    tile = page.tilewidth * page.tilelength * page.samplesperpixel
    if max(math.prod(page.shape), tile) * size > bounds.most * _BYTES_A_PIXEL:
        raise faults.too_much_memory()
