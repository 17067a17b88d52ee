"""The boxes of a file of the ISO kind (ISO/IEC 14496-12), as HEIF and JPEG XL files are.

The bytes come from anywhere: whatever they are, nothing is raised, and nothing beyond them is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MOST_BOXES = 10_000
"""In one box of one file so many are looked at."""


class Box(NamedTuple):
    """A box's name, and where its content begins and ends; that may be behind the file's end."""

    name: bytes
    start: int
    end: int


class Numbers:
    """Big-endian numbers that follow each other; bytes behind the file's end count as missing."""

    def __init__(self, content: bytes, box: Box) -> None:
        self._content = content
        self.at = box.start
        self._end = min(box.end, len(content))

    def number(self, size: int) -> int:
        """The next one, of so many bytes."""
        self.at += size
        return int.from_bytes(self._content[self.at - size : self.at], "big")

    def rest(self) -> bytes:
        """What follows."""
        return self._content[self.at : self._end]

    def has_more(self) -> bool:
        """Whether anything follows."""
        return self.at < self._end


def boxes(content: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes that follow each other between these places."""
    for _ in range(MOST_BOXES):
        if start + 8 > min(end, len(content)):
            return
        numbers = Numbers(content, Box(b"", start, end))
        size, name = numbers.number(4), content[start + 4 : start + 8]
        numbers.at += 4
        if size == 1:
            size = numbers.number(8)
        following = start + size if size else max(end, numbers.at)
        if following < numbers.at:
            return
        yield Box(name, numbers.at, following)
        start = following


def is_cut_off(content: bytes) -> bool:
    """Whether the file ends before its last box does."""
    return any(box.end > len(content) for box in boxes(content, 0, len(content)))


def has(content: bytes, name: bytes) -> bool:
    """Whether the file has a box of this name that is in no other."""
    return any(box.name == name for box in boxes(content, 0, len(content)))
