"""How much of a damaged JPEG is decoded. Runs in the worker only: this is untrusted input.

What a file lacks at its end is found by decoding it twice, once with random data appended: the
pictures differ from where the file's own data end. That holds for each way of coding, and for each
picture, be it grey or black.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from imgsimd.decoding import jpeg_progress, jpeg_scans, libjpeg
from imgsimd.decoding.jpeg import Frame
from imgsimd.decoding.jpeg_scans import EOI, Parts

LEAST = 0.5
"""Of a picture of which less can be decoded, hardly anybody could tell what it shows."""
_INCOMPLETE = 0.999
"""What is said at most of a picture that is not whole."""
_CMYK = 4
_PROGRESSIVE, _ARITHMETIC = {0xC2, 0xCA}, {0xC9, 0xCA}
"""Markers of frames."""
_SCALE, _PROGRESSIVE_SCALE = 8, 2
"""How far a picture is reduced that is only compared: all scans but the first of a progressive one
give what is not seen at 8."""
_DROPPED_ZEROS = bytes(8)
"""An arithmetic encoder does not write zeros at the end (ITU-T T.81, D.1.8)."""
_HOLE = re.compile(rb"\0{128,}")
"""In the data of scans, which are compressed: a part of the file that was not written."""
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker")
_HARMLESS_BYTES = 64
"""Some cameras write so many too much."""
_HARMLESS = re.compile("Adobe|JFIF|SOS parameters|ICC|progression")
"""In warnings about headers that say something wrong of pixels that may all be there."""
_RANDOM = np.random.default_rng(1).integers(0, 255, (64, 64), np.uint8)
_FILLER = b"".join(row.tobytes() + bytes([0xFF, 0xD0 + n % 8]) for n, row in enumerate(_RANDOM))
"""Random data, and after each 64 bytes of them a restart marker (which the others ignore)."""


class Damaged(NamedTuple):
    """What is left of a JPEG in which something is wrong."""

    content: bytes
    """A JPEG that libjpeg decodes as far as that is possible."""
    read: float
    """The share of the picture that it gives: 1 if all is there."""


def examined(content: bytes, frame: Frame) -> Damaged:
    """What is left of this file. Raises ValueError where that is nothing.

    Of a file that is cut off, it is the share of the picture's area, or, of a progressive
    one, how far its passes have come (`jpeg_progress`). At 60 percent of a file, the embedding of a
    progressive picture is 0.1 to 0.5 away from the whole one's, that of a sequential one 0.4 to 0.8
    (photos and drawings of 384 x 256 to 1000 x 750).

    Of a hole in the middle, the share is that of the data: zeros, what libjpeg passes over, and the
    part in which there are markers that cannot be there.
    """
    parts = jpeg_scans.parts(content)
    if not parts.scans:
        raise ValueError("it has no pixels")
    if parts.strays or not parts.has_end:
        start = parts.without_strays()
        share = _share(start, frame)
        if share == 1 and _is_trailer(_warning(start.content, frame)):
            return Damaged(start.content + EOI, 1.0)
        if share < 1 and not parts.has_end:
            return Damaged(start.content + EOI, share * (1 - _holes(start)))
    return _with_holes(parts, frame)


def _with_holes(parts: Parts, frame: Frame) -> Damaged:
    """A JPEG in which something is wrong before its end."""
    content = parts.strays_as_data()
    there = Parts(content, parts.scans, (), has_end=True)
    warning = _warning(content, frame)
    passed_over = _passed_over(warning) / there.data_bytes
    rubbish = (parts.strays[-1] - parts.strays[0]) / there.data_bytes if parts.strays else 0.0
    is_padded = 0 < _passed_over(warning) <= _HARMLESS_BYTES
    if not parts.strays and (is_padded or not warning):
        return Damaged(content + EOI, 1.0)
    most = 1.0 if _HARMLESS.search(warning) else _INCOMPLETE
    read = min(most, 1 - max(_holes(there), rubbish))
    if frame.marker not in _PROGRESSIVE:  # of these, another scan gives what one lacks
        read = min(read, 1 - passed_over, _share(there, frame))
    return Damaged(content + EOI, read)


def _holes(parts: Parts) -> float:
    """The share of zeros in the data."""
    holes = _HOLE.finditer(parts.content, parts.scans[0].start)
    return sum(len(hole[0]) for hole in holes) / parts.data_bytes


def _warning(content: bytes, frame: Frame) -> str:
    """The first of libjpeg; empty if there is none."""
    try:
        libjpeg.strict(content + EOI, frame, _SCALE, _space(frame))
    except ValueError as error:
        return str(error)
    return ""


def _passed_over(warning: str) -> int:
    """So many bytes libjpeg passes over before a marker."""
    match = _EXTRANEOUS.search(warning)
    return int(match[1]) if match else 0


def _is_trailer(warning: str) -> bool:
    """Whether nothing is wrong but that other things follow the picture."""
    return not warning or _passed_over(warning) > 0 or bool(_HARMLESS.search(warning))


def _space(frame: Frame) -> libjpeg.Space:
    return "CMYK" if frame.components == _CMYK else "RGB"


def _share(parts: Parts, frame: Frame) -> float:
    """How much of a picture there is in a file with its beginning, but maybe not its end."""
    area = _area(parts, frame)
    has_all = jpeg_progress.has_all_components(parts, frame.components)
    if frame.marker in _PROGRESSIVE:
        share = jpeg_progress.progressive(parts, area)
        has_all &= jpeg_progress.has_all_bits(parts)
    else:
        share = jpeg_progress.sequential(parts, area)
    return 1.0 if has_all and area == 1 else min(share, _INCOMPLETE)


def _area(parts: Parts, frame: Frame) -> float:
    """The share of the last scan's area that is decoded: before its data end and the appended ones
    begin. Raises ValueError where nothing can be decoded."""
    scale = _PROGRESSIVE_SCALE if frame.marker in _PROGRESSIVE else _SCALE
    space = _space(frame)
    padding = _DROPPED_ZEROS if frame.marker in _ARITHMETIC else b""
    picture = libjpeg.tolerant(parts.content + EOI, frame, scale, space)
    other = libjpeg.tolerant(parts.content + padding + _FILLER + EOI, frame, scale, space)
    height, width = picture.shape[:2]
    differs = (picture != other).any(axis=2)
    rows = np.flatnonzero(differs.any(axis=1))
    if not rows.size:
        return 1.0
    unit = 8 * frame.row_blocks // scale  # of rows that are decoded at once
    smoothed = 1 if frame.row_blocks > 1 else 0  # chroma's next row reaches so far up
    row = int(rows[0] + smoothed) // unit * unit
    columns = np.flatnonzero(differs[row : row + unit].any(axis=0))
    column = int(columns[0]) / width if columns.size else 0.0
    decoded: float = (row + column * min(unit, height - row)) / height
    return min(1.0, decoded)
