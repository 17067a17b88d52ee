"""What it takes to read and to embed a file of some kind and size, learnt from those before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from imgsimd import extensions
from imgsimd.decoding import registry
from imgsimd.types import FilePath

MEMORY = 1000.0
"""So many files of a kind count, about: older ones less and less."""
PRIOR_FILES = 8.0
"""So many files of about one size count as much, for this size, as all files of their format."""
PRIOR_SQUARE_MEGABYTES, PRIOR_SHARE = 5.0, 0.05
"""How steep the line is expected to be counts as much as files whose squared deviations from their
mean size add up to the first number, and to this share of their squared sizes. So files of about
one size say little of much larger or smaller ones, which may differ in more than that."""
_MEGABYTE = 1e6
_READ_FILE, _READ_MEGABYTE = 0.0005, 0.002
_FILE = 0.004
_EACH_MEGABYTE: Mapping[str, float] = MappingProxyType({
    "HEIC": 0.27, "AVIF": 0.06, "JPEG XL": 0.075, "JPEG 2000": 0.06, "WebP": 0.024, "GIF": 0.015,
    "PNG": 0.009, "JPEG": 0.007, "Photoshop": 0.003, "camera raw": 0.002,
})  # fmt: skip
_OTHER = 0.0013
"""Seconds of one core to embed a file by the built-in model, and for each megabyte more, by the
names of the registry: `tests.benchmarks.formats`, for files of the usual size of 12 megapixels. On
another machine, and with another model, only what they are to each other counts. Above: to read and
hash a file that is in memory."""


class Kind(NamedTuple):
    """Files that take about the same."""

    format: str
    """A name of the registry; empty if the file's name tells none."""
    magnitude: int
    """Of the size: a file of the next one is up to four times as large."""


class Line:
    """Seconds as a straight line over a file's size, by least squares."""

    def __init__(self, a_file: float, a_megabyte: float) -> None:
        """What is expected before anything was measured."""
        self._a_file, self._a_megabyte = a_file, a_megabyte
        self._count = self._x = self._y = self._xx = self._xy = 0.0

    @property
    def files(self) -> float:
        """How many were measured; older ones count less."""
        return self._count

    @property
    def measured(self) -> float:
        """The sum of the seconds that were measured; older ones count less."""
        return self._y

    @property
    def expected(self) -> float:
        """What had been expected for these."""
        return self._a_file * self._count + self._a_megabyte * self._x

    def note(self, size: int, seconds: float) -> None:
        """Learns what a file of so many bytes took."""
        keep, x = 1 - 1 / MEMORY, size / _MEGABYTE
        self._count = keep * self._count + 1
        self._x = keep * self._x + x
        self._y = keep * self._y + seconds
        self._xx = keep * self._xx + x * x
        self._xy = keep * self._xy + x * seconds

    def of(self, count: float, size: float, speed: float) -> float:
        """Seconds for so many files of so many bytes together. Where nothing was measured, `speed`
        times what is expected."""
        x = size / _MEGABYTE
        if not self._count:
            return speed * (self._a_file * count + self._a_megabyte * x)
        mean, height = self._x / self._count, self._y / self._count
        slope = self._slope(mean, height)
        return max(0.0, height * count + slope * (x - mean * count))

    def _slope(self, mean: float, height: float) -> float:
        """Between what the sizes say that were measured, and what is expected; never so steep that
        an empty file would take less than nothing."""
        spread = self._xx - mean * self._x
        together = self._xy - mean * self._y
        prior = PRIOR_SQUARE_MEGABYTES + PRIOR_SHARE * self._xx
        expected = self._a_megabyte * self._y / max(self.expected, 1e-9)
        steep = (together + prior * expected) / (spread + prior)
        return min(max(0.0, steep), height / mean if mean else 0.0)


class Costs:
    """Of reading any file, and of embedding one by a model. Small files and large ones are looked
    at apart: a thousand of the one kind say little of the other."""

    def __init__(self) -> None:
        self._reading = Line(_READ_FILE, _READ_MEGABYTE)
        self._formats: dict[str, Line] = {}
        self._kinds: dict[Kind, Line] = {}

    def note_reading(self, size: int, seconds: float) -> None:
        """Learns how long a thread was busy with reading a file of so many bytes."""
        self._reading.note(size, seconds)

    def note_embedding(self, kind: Kind, size: int, seconds: float) -> None:
        """Learns how long a core was busy with a file of this kind and so many bytes."""
        for line in (
            self._formats.setdefault(kind.format, _expected(kind.format)),
            self._kinds.setdefault(kind, _expected(kind.format)),
        ):
            line.note(size, seconds)

    def reading(self, count: float, size: float) -> float:
        """Seconds of a thread for so many files of so many bytes together."""
        return self._reading.of(count, size, 1.0)

    def embedding(self, kind: Kind, count: float, size: float) -> float:
        """Seconds of a core for so many files of this kind, of so many bytes together."""
        line = self._formats.get(kind.format) or _expected(kind.format)
        of_format = line.of(count, size, self._speed)
        own = self._kinds.get(kind)
        if own is None:
            return of_format
        weight = own.files / (own.files + PRIOR_FILES)
        return weight * own.of(count, size, self._speed) + (1 - weight) * of_format

    @property
    def _speed(self) -> float:
        """How many times longer it takes than expected, by all kinds that were measured."""
        lines = self._formats.values()
        expected = sum(line.expected for line in lines)
        return sum(line.measured for line in lines) / expected if expected else 1


def kind_of(path: FilePath, size: int) -> Kind:
    """The kind of a file of so many bytes at this path, by its name."""
    name = _formats().get(extensions.of_name(os.path.basename(path)), "")
    return Kind(name, size.bit_length() // 2)


def _expected(name: str) -> Line:
    return Line(_FILE, _EACH_MEGABYTE.get(name, _OTHER))


@cache
def _formats() -> Mapping[str, str]:
    return {name: each.format for each in registry.DECODERS for name in each.extensions}
