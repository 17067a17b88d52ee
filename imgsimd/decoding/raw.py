"""Shows the raw files of cameras. Runs in the worker only: this is untrusted input.

Cameras put the picture that they show on their screen into each raw file, as a JPEG. The largest of
these is taken; where there is none that is large enough, LibRaw (through rawpy) develops the raw
data at half their size, with the camera's white balance. Of a file that is cut off behind its JPEG,
the JPEG is shown.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from imgsimd.decoding import exif, faults, jpeg, jpeg_pixels
from imgsimd.decoding.headers import Header
from imgsimd.decoding.picture import Bounds, Picture
from imgsimd.decoding.turning import SIDEWAYS
from imgsimd.errors import BadPictureError

if TYPE_CHECKING:
    from rawpy import RawPy

_HAS_LIBRAW = find_spec("rawpy") is not None
"""Without it, previews are shown."""
if _HAS_LIBRAW:
    import rawpy

_START = b"\xff\xd8\xff"
_MOST_STARTS = 200
_HEADER_BYTES = 2**17
"""In so many bytes is the frame header of a JPEG, behind its EXIF and profile."""
_SHOWN = {0xC0, 0xC1, 0xC2}
"""Frames of pictures; raw data may be lossless JPEGs."""
_LARGE_ENOUGH = 448
"""Pixels of a preview's short side: twice as many as models see. Smaller ones may have black
borders."""
_FLIPS = {0: 1, 3: 3, 5: 8, 6: 6}
"""LibRaw's numbers for turns, as EXIF's."""


class _Preview(NamedTuple):
    """A JPEG in the file."""

    start: int
    width: int
    height: int

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)


def header(content: bytes) -> Header:
    """Of the picture as the sensor saw it; of its preview where LibRaw does not know it."""
    largest = _largest(content)
    found = _exif(content, largest)
    with _opened(content) as raw:
        if raw:
            sizes = raw.sizes
            turn = None if found.exif else _FLIPS.get(sizes.flip)
            return found._replace(width=sizes.width, height=sizes.height, orientation=turn)
    return found._replace(width=largest.width, height=largest.height) if largest else found


def pixels(content: bytes, bounds: Bounds) -> Picture:
    """The largest preview, or else the raw data. Raises BadPictureError."""
    largest = _largest(content)
    if largest and largest.short_side >= _LARGE_ENOUGH:
        return _preview(content, largest, bounds)
    try:
        return _developed(content, bounds)
    except BadPictureError:
        if largest is None:
            raise
        return _preview(content, largest, bounds)


def _largest(content: bytes) -> _Preview | None:
    """The JPEG with most pixels; None if there is none."""
    return max(_previews(content), key=lambda each: each.width * each.height, default=None)


def _previews(content: bytes) -> Iterator[_Preview]:
    at = -1
    for _ in range(_MOST_STARTS):
        at = content.find(_START, at + 1)
        if at < 0:
            return
        frame = jpeg.frame(content[at : at + _HEADER_BYTES])
        if frame.marker in _SHOWN and frame.precision == 8 and frame.width and frame.height:
            yield _Preview(at, frame.width, frame.height)


def _preview(content: bytes, preview: _Preview, bounds: Bounds) -> Picture:
    """The preview; to be turned as the raw file says, unless the camera has done that."""
    file = content[preview.start :]
    picture = jpeg_pixels.pixels(file, bounds)
    profile = jpeg.profile(file) if picture.profile is None else picture.profile
    turn = 1 if _is_turned(content, preview) else None
    return replace(picture, orientation=turn, profile=profile)


def _is_turned(content: bytes, preview: _Preview) -> bool:
    """Whether its sides are those of the upright picture, and not those of the sensor."""
    sensor = header(content)
    return (
        exif.orientation(exif.tags(sensor.exif)) in SIDEWAYS
        and sensor.width != sensor.height
        and (sensor.width > sensor.height) != (preview.width > preview.height)
    )


def _developed(content: bytes, bounds: Bounds) -> Picture:
    if not _HAS_LIBRAW:
        raise faults.library_missing("a camera's raw file without a preview", "rawpy")
    with _opened(content) as raw:
        if raw is None:
            raise faults.damaged(content)
        sizes = raw.sizes
        bounds.check((sizes.width + 1) // 2, (sizes.height + 1) // 2)
        try:
            return Picture(raw.postprocess(half_size=True, use_camera_wb=True, user_flip=0))
        except rawpy.LibRawError as error:
            raise faults.damaged(content) from error


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
        return Header(exif=_canon_block(content, b"CMT1"), more_exif=_canon_block(content, b"CMT2"))
    return Header(exif=jpeg.exif(content[preview.start :]) if preview else b"")


def _canon_block(content: bytes, name: bytes) -> bytes:
    at = content.find(name, 0, _HEADER_BYTES)
    size = int.from_bytes(content[max(0, at - 4) : max(0, at)], "big")
    return content[at + 4 : at - 4 + size] if at >= 4 else b""
