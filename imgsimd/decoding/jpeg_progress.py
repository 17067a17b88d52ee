"""How far the scans of a JPEG that is cut off have come (ITU-T T.81, annex G)."""

from __future__ import annotations

from collections import defaultdict

from imgsimd.decoding.jpeg_scans import Parts

_COEFFICIENTS = 63
"""Of a block, besides its mean."""
_ALL = 0.999
"""Such a sum of shares is 1, but for rounding."""
_COARSE = 0.6
"""So that files of which 60 percent are there are shown, and those with 30 percent are not (photos
and drawings, qualities of 75 to 95)."""


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
    """How far a progressive picture has come, some scans of which are missing.

    It has all of its area from the start, and becomes sharper. Once luminance has all coefficients,
    at whatever precision, a viewer shows the whole picture, and its embedding is near: that counts
    as `_COARSE`. The rest are the passes that give one more bit of each, which are most of a large
    file.
    """
    passes = _passes(parts, area)
    top = max(passes, default=0)
    coarse = min(1.0, passes.get(top, 0.0))
    if top == 0:
        return coarse
    if coarse < _ALL:
        return coarse * _COARSE
    finer = sum(min(1.0, passes.get(bit, 0.0)) for bit in range(top)) / top
    return _COARSE + (1 - _COARSE) * finer


def _passes(parts: Parts, area: float) -> dict[int, float]:
    """The share of luminance's coefficients and area that is there, by the number of bits that are
    left to later passes."""
    passes: dict[int, float] = defaultdict(float)
    for scan in parts.scans:
        if scan.first > 0 and _luminance(parts) in scan.components:
            reached = area if scan is parts.scans[-1] else 1.0
            passes[scan.low] += reached * max(0, scan.last - scan.first + 1) / _COEFFICIENTS
    return passes


def _luminance(parts: Parts) -> int:
    return parts.scans[0].components[0]
