"""Takes a JPEG apart into the segments and scans that a picture needs (ITU-T T.81, annex B).

Only for files in which something is wrong: others need not be looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from imgsimd.decoding import jpeg

EOI = b"\xff\xd9"
_MARKER = re.compile(rb"\xff+([^\0\xff])", re.DOTALL)
_MARKER_IN_SCAN = re.compile(rb"\xff+([^\0\xff\xd0-\xd7])", re.DOTALL)
"""Restart markers belong to the data of a scan."""
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_HUFFMAN, _ARITHMETIC, _QUANTIZATION, _LINES, _RESTARTS = 0xC4, 0xCC, 0xDB, 0xDC, 0xDD
_SOI, _EOI, _SCAN = 0xD8, 0xD9, 0xDA
_JFIF, _ADOBE = 0xE0, 0xEE
"""APP0 and APP14: they say what the colours are."""
_NEEDED = {*range(0xC0, 0xD0), _QUANTIZATION, _LINES, _RESTARTS, _JFIF, _ADOBE, _SCAN}
_BETWEEN_SCANS = {_HUFFMAN, _ARITHMETIC, _QUANTIZATION, _LINES, _RESTARTS, 0xFE, *range(0xE0, 0xF0)}
_FILLINGS = bytes((0, 0xFF))
"""What the rest of a place on a disk contains that was reserved and not written."""


class Scan(NamedTuple):
    """A pass over the picture: of which components it gives which coefficients (G.1.1.1)."""

    components: tuple[int, ...]
    first: int
    last: int
    """Coefficients, in zigzag order; 0 is the mean of a block."""
    low: int
    """So many low bits come in later scans."""
    start: int
    """Where its data begin in `Parts.content`."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A JPEG without what its picture does not need."""

    content: bytes
    """From SOI to the end of the last scan, which EOI would follow."""
    scans: tuple[Scan, ...]
    strays: tuple[int, ...]
    """Where in `content` markers are that cannot be there."""
    has_end: bool
    """Whether EOI follows."""

    @property
    def data_bytes(self) -> int:
        """The length of all scans; at least 1."""
        return max(1, len(self.content) - self.scans[0].start)

    def without_strays(self) -> Parts:
        """What comes before the first of them."""
        if not self.strays:
            return self
        end = self.strays[0]
        scans = tuple(scan for scan in self.scans if scan.start < end)
        return Parts(self.content[:end], scans, (), has_end=False)

    def strays_as_data(self) -> bytes:
        """The content, in which a decoder takes them for data."""
        content = bytearray(self.content)
        for stray in self.strays:
            content[stray + 1] = 0
        if self.strays:
            between = slice(self.strays[0], self.strays[-1])
            content[between] = _RESTART.sub(b"\xff\0", content[between])
        return bytes(content)


def parts(content: bytes) -> Parts:
    """Of a JPEG that begins with SOI."""
    return _Reader(content).read()


class _Reader:
    """Goes through a file once."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._kept = bytearray(jpeg.SOI)
        self._scans: list[Scan] = []
        self._strays: list[int] = []
        self._at = 2
        self._has_restarts = False

    def read(self) -> Parts:
        while match := self._next_marker():
            marker, at = match[1][0], match.start(1) - 1
            self._keep_data(at)
            if marker == _EOI and self._scans and not self._is_false_end():
                return self._parts(has_end=True)
            if marker == _SOI and self._scans and self._content[at + 2 : at + 3] == b"\xff":
                return self._parts(has_end=False)  # another JPEG begins
            size = self._size(marker)
            if not self._scans and not self._is_possible(marker, size):
                break
            self._take(marker, size)
        if self._scans:
            self._keep_data(len(self._content))
        return self._parts(has_end=False)

    def _parts(self, *, has_end: bool) -> Parts:
        if self._scans and not has_end:
            self._strip()
        return Parts(bytes(self._kept), tuple(self._scans), tuple(self._strays), has_end)

    def _is_possible(self, marker: int, size: int) -> bool:
        """Whether the segment before the first scan, or its header, is all there."""
        is_there = self._at + size <= len(self._content)
        return is_there and (marker != _SCAN or self._is_segment(marker, size))

    def _is_false_end(self) -> bool:
        """Whether EOI is here by chance, in random data, and the right one comes later."""
        end = self._content.find(EOI, self._at + 2)
        return end > 0 and bool(self._strays) and jpeg.SOI not in self._content[self._at : end]

    def _next_marker(self) -> re.Match[bytes] | None:
        pattern = _MARKER_IN_SCAN if self._scans and self._has_restarts else _MARKER
        return pattern.search(self._content, self._at)

    def _keep_data(self, end: int) -> None:
        """What stands before a marker is data of a scan, or, before the first one, junk."""
        if self._scans:
            self._kept += self._content[self._at : end]
        self._at = end

    def _size(self, marker: int) -> int:
        """Of the marker here and of what belongs to it."""
        if marker == 0x01 or 0xD0 <= marker <= _EOI:
            return 2
        return 2 + max(2, self._number(self._at + 2))

    def _take(self, marker: int, size: int) -> None:
        """The marker here is a segment's, or a stray."""
        if self._scans and not self._is_segment(marker, size):
            self._strays.append(len(self._kept))
            size = 2
        elif marker == _SCAN:
            self._scans.append(self._scan(size))
        elif marker == _RESTARTS:
            self._has_restarts = self._number(self._at + 4) > 0
        elif marker not in _NEEDED:
            self._at += size
            return
        self._kept += self._content[self._at : self._at + size]
        self._at += size

    def _number(self, at: int) -> int:
        return int.from_bytes(self._content[at : at + 2], "big")

    def _is_segment(self, marker: int, size: int) -> bool:
        """Whether it can stand between scans, or is random data that look like a marker."""
        end = self._at + size
        if marker == _SCAN:
            count = self._content[self._at + 4 : self._at + 5]
            return (
                size in (10, 12, 14, 16)
                and count == bytes([(size - 8) // 2])
                and end <= len(self._content)
            )
        is_plausible = {_RESTARTS: size == 6, _LINES: size == 6, _ARITHMETIC: size % 2 == 0}
        return (
            (marker in _BETWEEN_SCANS)
            and is_plausible.get(marker, size > 4)
            and self._content[end : end + 1] == b"\xff"
        )

    def _scan(self, size: int) -> Scan:
        content, at = self._content, self._at
        components = content[at + 5 : at + size - 3 : 2]
        first, last, bits = content[at + size - 3 : at + size]
        return Scan(tuple(components), first, last, bits & 15, len(self._kept) + size)

    def _strip(self) -> None:
        """Removes what a disk contains behind a file that was not written to its end. One zero may
        be data, behind 0xFF."""
        end = max(self._scans[-1].start, len(self._kept.rstrip(_FILLINGS)))
        if self._kept[end : end + 2] == b"\xff\0":
            end += 2
        del self._kept[end:]
        self._strays = [stray for stray in self._strays if stray < end]
