"""How far the scans of a JPEG that is cut off have come (ITU-T T.81, annex G)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from imgsimd.decoding.jpeg_scans import Parts, Scan

_COEFFICIENTS = 63
"""Of a block, besides its mean."""
_ALL = 0.999
"""Such a sum of shares is 1, but for rounding."""
_ENOUGH = 0.25
"""From a smaller part of a pass, maybe only the sky, its length is hard to tell."""
_GROWTH = 1.7
"""A pass is as many times as long as the one before it as this and the square of the same number
of that: 0.8 in photos, 3 to 4 in drawings with fine noise (qualities of 88 and 90)."""


def has_all_components(parts: Parts, components: int) -> bool:
    """Whether there are scans of so many components."""
    return len(_seen(parts)) == components


def has_all_bits(parts: Parts) -> bool:
    """Whether there are scans for all bits of all coefficients of the components that are there."""
    return all(_is_known(parts, component) for component in _seen(parts))


def _seen(parts: Parts) -> set[int]:
    return {component for scan in parts.scans for component in scan.components}


def _is_known(parts: Parts, component: int) -> bool:
    final = [scan for scan in parts.scans if component in scan.components and scan.low == 0]
    return {*range(64)} == {each for scan in final for each in range(scan.first, scan.last + 1)}


def sequential(parts: Parts, area: float) -> float:
    """The share of the area that luminance, which is coded first or with all else, has reached in
    a sequential picture, whose last scan has reached `area`."""
    return area if _luminance(parts) in parts.scans[-1].components else 1.0


def progressive(parts: Parts, area: float) -> float:
    """The share of luminance's data in a progressive picture, of which some scans are missing.

    A progressive picture has all of its area from the start, and becomes sharper. How long the
    missing scans are is estimated: each gives one more bit of all coefficients, and these scans
    grow. So half a file counts as about half a picture, as in a sequential one.
    """
    passes = _passes(parts, area)
    top = max(passes, default=0)
    if top == 0 or passes[top].covered < _ALL:
        covered = passes[top].covered if passes else 0.0
        return covered / 2 if top else covered
    means = sum(size for scan, size in _scans(parts) if scan.first == 0)
    known = means + sum(each.size for each in passes.values())
    return known / max(1.0, means + sum(_whole_sizes(passes, top)))


class _Pass(NamedTuple):
    """All scans that give luminance's coefficients to the same bit."""

    size: int = 0
    """Bytes that are there."""
    covered: float = 0.0
    """The share of coefficients and area."""


def _passes(parts: Parts, area: float) -> dict[int, _Pass]:
    """By the number of bits that they leave to later ones."""
    passes: dict[int, _Pass] = {}
    for scan, size in _scans(parts):
        if scan.first > 0:
            before = passes.get(scan.low, _Pass())
            reached = area if scan is parts.scans[-1] else 1.0
            covered = reached * max(0, scan.last - scan.first + 1) / _COEFFICIENTS
            passes[scan.low] = _Pass(before.size + size, before.covered + covered)
    return passes


def _whole_sizes(passes: Mapping[int, _Pass], top: int) -> list[float]:
    """What the passes have in a whole file, as far as that can be told."""
    sizes = [float(passes[top].size)]
    for level in range(top - 1, -1, -1):
        found = passes.get(level, _Pass())
        growth = _GROWTH * (sizes[-1] / max(1.0, sizes[-2])) ** 2 if len(sizes) > 1 else 1.0
        trust = min(1.0, found.covered / _ENOUGH)
        told = found.size / found.covered if found.covered else 0.0
        sizes.append(trust * told + (1 - trust) * growth * sizes[-1])
    return sizes


def _luminance(parts: Parts) -> int:
    return parts.scans[0].components[0]


def _scans(parts: Parts) -> list[tuple[Scan, int]]:
    """Those of luminance, and how many bytes each has."""
    ends = [*(scan.start for scan in parts.scans[1:]), len(parts.content)]
    return [
        (scan, end - scan.start)
        for scan, end in zip(parts.scans, ends, strict=True)
        if _luminance(parts) in scan.components
    ]
