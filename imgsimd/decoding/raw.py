"""Shows the raw files of cameras. Runs in the worker only: this is untrusted input.

Cameras put the picture that they show on their screen into each raw file, mostly as a JPEG, else as
a page of a TIFF. The largest of these that is whole is taken; where there is none that is large
enough, LibRaw (through rawpy) develops the raw data at half their size, with the camera's white
balance. Of a file that is cut off behind its preview, that is shown, and nothing of it is missing.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from imgsimd.decoding import exif, faults, jpeg, jpeg_pixels, raw_signature
from imgsimd.decoding.headers import Header
from imgsimd.decoding.picture import Bounds, Picture, Pixels
from imgsimd.decoding.turning import SIDEWAYS
from imgsimd.errors import BadPictureError, FaultKind

if TYPE_CHECKING:
    from rawpy import RawPy

_HAS_LIBRAW = find_spec("rawpy") is not None
"""Without it, previews are shown."""
if _HAS_LIBRAW:
    import rawpy
_HAS_TIFF = all(find_spec(name) is not None for name in ("tifffile", "imagecodecs"))
"""Without it, previews are shown that are JPEGs."""
if _HAS_TIFF:
    from imgsimd.decoding import tiff

_START = b"\xff\xd8\xff"
_MOST_STARTS = 200
_MOST_TRIED = 4
"""So many previews are decoded, if all are damaged."""
_HEADER_BYTES = 2**17
"""In so many bytes is the frame header of a JPEG, behind its EXIF and profile."""
_SHOWN = {0xC0, 0xC1, 0xC2}
"""Frames of pictures; raw data may be lossless JPEGs."""
_LARGE_ENOUGH = 448
"""Pixels of a preview's short side: twice as many as models see. Smaller ones may have black
borders."""
_LEAST: dict[str, int] = {
    FaultKind.LIBRARY_MISSING: 224,
    FaultKind.CUT_OFF: 224,
    FaultKind.DAMAGED: 1,
    FaultKind.UNSUPPORTED: 1,
}
"""As above, if the raw data cannot be developed, by the reason: what models need, or all that there
will ever be."""
_SRGB = (2.4, 12.92)
"""The curve of sRGB (IEC 61966-2-1), as LibRaw wants it: the power, and the slope near black."""
_BURNT_OUT = 0.001
"""This share of the pixels may become white when LibRaw brightens what cameras expose for their
lights. Measured on drawn raw data, exposed fully and one and two steps less: distances to the
drawing of 0.10 to 0.14; 0.13 to 0.21 with LibRaw's own 0.01, up to 0.48 if nothing is
brightened."""
_FLIPS = {flip: int("12435867"[flip]) for flip in range(8)}
"""LibRaw's numbers for turns and mirrors, as EXIF's."""


class _Preview(NamedTuple):
    """A JPEG in the file, or a page of a TIFF."""

    start: int
    """Of the JPEG, or of the page's directory."""
    width: int
    height: int
    is_page: bool = False

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)


def header(content: bytes) -> Header:
    """Of the picture as the sensor saw it; of its preview where nothing is known of that."""
    return _header(content, _previews(content))


def _header(content: bytes, previews: list[_Preview]) -> Header:
    largest = next(iter(previews), None)
    found = _exif(content, largest)
    turn = _orientation_of_preview(content, largest) if largest else None
    if exif.ORIENTATION in exif.tags(found.exif):
        turn = None
    with _opened(content) as raw:
        if raw:
            sizes = raw.sizes
            turn = _FLIPS.get(sizes.flip) if turn is None and not found.exif else turn
            return found._replace(width=sizes.width, height=sizes.height, orientation=turn)
    width, height = raw_signature.sensor_size(content)
    if largest and not width * height:
        width, height = largest.width, largest.height
    return found._replace(width=width, height=height, orientation=turn)


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The largest whole preview, or else the raw data, or else what is left of a preview. Raises
    BadPictureError."""
    previews = _previews(content)
    sensor = _header(content, previews) if previews else Header()
    large = [each for each in previews if each.short_side >= _LARGE_ENOUGH][:_MOST_TRIED]
    best, why = _best(content, large, sensor, bounds)
    if best and best.read == 1:
        return best
    try:
        return _developed(content, bounds)
    except BadPictureError as error:
        if best is None:
            least = _LEAST.get(error.kind, _LARGE_ENOUGH)
            small = [each for each in previews if least <= each.short_side < _LARGE_ENOUGH]
            best, _ = _best(content, small[:1], sensor, bounds)
        if best:
            return best
        if why and why.kind == FaultKind.CUT_OFF and error.kind == FaultKind.DAMAGED:
            raise why from error
        raise


def _best(
    content: bytes, previews: list[_Preview], sensor: Header, bounds: Bounds
) -> tuple[Picture | None, BadPictureError | None]:
    """The first preview that is whole, or else the first of which enough is left; and why there is
    nothing of one, if so."""
    best, why = None, None
    for preview in previews:
        try:
            picture = _preview(content, preview, bounds)
        except BadPictureError as error:
            why = why or error
            continue
        turn = _turn(sensor, preview, _orientation_of_preview(content, preview))
        picture = replace(picture, orientation=turn)
        if picture.read == 1:
            return picture, None
        best = best or picture
    return best, why


def _previews(content: bytes) -> list[_Preview]:
    """The pictures in the file that are no raw data, those with most pixels first."""
    pages = raw_signature.pages(content) if _HAS_TIFF else []
    found = [*_jpegs(content), *(_Preview(at, width, height, True) for width, height, at in pages)]
    return sorted(found, key=lambda each: -each.width * each.height)


def _jpegs(content: bytes) -> Iterator[_Preview]:
    hidden = deque(raw_signature.hidden_data(content))
    at = -1
    for _ in range(_MOST_STARTS):
        at = content.find(_START, at + 1)
        while hidden and 0 <= hidden[0].start <= at:
            at = content.find(_START, max(at, hidden.popleft().stop))
        if at < 0:
            return
        frame = jpeg.frame(content[at : at + _HEADER_BYTES])
        if frame.marker in _SHOWN and frame.precision == 8 and frame.width and frame.height:
            yield _Preview(at, frame.width, frame.height)


def _preview(content: bytes, preview: _Preview, bounds: Bounds) -> Picture:
    """As it is stored."""
    if preview.is_page:
        return tiff.pixels_at(content, preview.start, bounds)
    file = content[preview.start :]
    picture = jpeg_pixels.pixels(file, bounds)
    profile = jpeg.profile(file) if picture.profile is None else picture.profile
    return replace(picture, profile=profile)


def _turn(sensor: Header, preview: _Preview, own: int | None) -> int:
    """How the preview must be turned: as its `own` EXIF says, as the raw file says, or not at all,
    if the camera has turned it. The first of these that makes it as wide or high as the picture
    is."""
    turn = sensor.orientation or exif.orientation(exif.tags(sensor.exif))
    is_wide = (sensor.width > sensor.height) != (turn in SIDEWAYS)
    for each in (own or turn, turn, 1):
        if ((preview.width > preview.height) != (each in SIDEWAYS)) == is_wide:
            return each
    return turn


def _orientation_of_preview(content: bytes, preview: _Preview) -> int | None:
    """What its own EXIF block says; None if there is none, or it does not say that."""
    start = content[preview.start : preview.start + _HEADER_BYTES]
    tags = exif.tags(jpeg.exif(start))
    return exif.orientation(tags) if exif.ORIENTATION in tags else None


def _developed(content: bytes, bounds: Bounds) -> Picture:
    if not _HAS_LIBRAW:
        raise faults.library_missing("a camera's raw file without a preview", "rawpy")
    if raw_signature.is_cut_off(content):
        raise faults.cut_off()
    if raw_signature.is_in_jpeg_strips(content):
        raise faults.unsupported("camera raw in strips of JPEG")
    with _opened(content) as raw:
        if raw is None:
            raise faults.damaged(content)
        bitmap = _bitmap(raw)
        if bitmap is not None:
            return Picture(bitmap)
        bounds.check(raw.sizes.width, raw.sizes.height)  # all raw data are in memory at once
        try:
            developed = raw.postprocess(
                half_size=True,
                use_camera_wb=True,
                user_flip=0,
                gamma=_SRGB,
                auto_bright_thr=_BURNT_OUT,
            )
        except (rawpy.LibRawUnsufficientMemoryError, rawpy.LibRawTooBigError) as error:
            raise faults.too_much_memory() from error
        except rawpy.LibRawError as error:
            raise faults.damaged(content) from error
    return Picture(_colours(developed))


def _bitmap(raw: RawPy) -> Pixels | None:
    """The preview, if it is no JPEG, and large enough."""
    with suppress(rawpy.LibRawError, NotImplementedError):
        preview = raw.extract_thumb()
        if preview.format is rawpy.ThumbFormat.BITMAP:
            pixels = np.array(preview.data, np.uint8)
            if min(pixels.shape[:2]) >= _LARGE_ENOUGH:
                return _colours(pixels)
    return None


def _colours(developed: Pixels) -> Pixels:
    """Three, also of a sensor that sees grey."""
    pixels = np.atleast_3d(developed)
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


@contextmanager
def _opened(content: bytes) -> Iterator[RawPy | None]:
    """The file as LibRaw knows it; None if it does not, or is not installed."""
    if not _HAS_LIBRAW:
        yield None
        return
    raw = rawpy.RawPy()
    try:
        raw.open_buffer(io.BytesIO(content))
    except rawpy.LibRawError:
        yield None
        return
    with raw:
        yield raw


def _exif(content: bytes, preview: _Preview | None) -> Header:
    """The EXIF blocks, wherever this kind of file has them."""
    if content.startswith((b"II*\0", b"MM\0*")):
        return Header(exif=content)
    if content.startswith((b"IIU\0", b"IIR", b"MMOR")):  # TIFF under another name
        magic = b"MM\0*" if content.startswith(b"MM") else b"II*\0"
        return Header(exif=magic + content[4:])
    if content[4:12] == b"ftypcrx ":
        main, taking, gps = (_canon_block(content, b"CMT%d" % number) for number in (1, 2, 4))
        return Header(exif=main, more_exif=taking, gps=gps)
    if content.startswith(b"\0MRM"):
        return Header(exif=content[:_HEADER_BYTES].partition(b"\0TTW")[2][4:])
    return Header(exif=jpeg.exif(content[preview.start :]) if preview else b"")


def _canon_block(content: bytes, name: bytes) -> bytes:
    at = content.find(name, 0, _HEADER_BYTES)
    size = int.from_bytes(content[max(0, at - 4) : max(0, at)], "big")
    return content[at + 4 : at - 4 + size] if at >= 4 else b""
