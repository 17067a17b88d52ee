"""Whether photos show the very picture that is asked about, and what was done to them to make it,
in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from imgsimd.words import counted

if TYPE_CHECKING:
    from imgsimd.client.comparisons import Transform
    from imgsimd.client.matches import Match, SimilarResult

LEAST = 0.02
"""Of width, height, area, scale or brightness: less is due to rounding."""
LEAST_TURNED = 1.0
"""Degrees: less is due to rounding."""
LEAST_BRIGHTER = 0.05
"""Of the range from black to white: less is hardly seen."""


def none_sure(result: SimilarResult) -> str:
    """Why none of the photos surely shows the very picture; empty if one does."""
    found = result.matches
    if any(match.verdict == "same" for match in found):
        return ""
    if found:
        do = "does" if len(found) == 1 else "do"
        nothing = f"No photo surely shows this very picture; {len(found)} probably {do}."
        return f"{nothing} {not_verified(result.unverified)}" if result.unverified else nothing
    if result.unverified:
        unseen = not_verified(result.unverified)
        return f"No photo was found that shows this very picture, but {unseen}"
    return "No photo shows this very picture."


def not_verified(number: int) -> str:
    """That so many photos could not be verified."""
    photos = counted(number, "photo")
    return f"{photos} could not be verified: gone, just changed, or not readable now."


def in_words(match: Match) -> str:
    """Such as "same: the left 60 %, grey"; empty if it was not verified."""
    return ": ".join(filter(None, (match.verdict, changes(match))))


def changes(match: Match) -> str:
    """What was done to this photo to make the picture; empty if that is not known."""
    return described(match.transform) if match.transform else ""


def described(transform: Transform) -> str:
    """Such as "the left 60 %, turned by 90° to the right, grey, smaller (0.5x), recompressed"."""
    return ", ".join(_parts(transform)) or "unchanged"


def _parts(transform: Transform) -> Iterator[str]:
    if transform.crop is not None and (crop := _crop(transform.crop)):
        yield crop
    if transform.bordered >= LEAST:
        yield f"with more around it ({_percent(transform.bordered)} of it)"
    if transform.mirrored:
        yield "mirrored"
    if abs(transform.turned) >= LEAST_TURNED:
        yield _turned(round(transform.turned))
    if transform.grey:
        yield "grey"
    if abs(transform.brighter) >= LEAST_BRIGHTER:
        yield "brighter" if transform.brighter > 0 else "darker"
    if abs(transform.scale - 1) >= LEAST:
        yield f"{'larger' if transform.scale > 1 else 'smaller'} ({transform.scale:.2g}x)"
    if transform.recompressed:
        yield "recompressed"


def _turned(degrees: int) -> str:
    if abs(degrees) == 180:
        return "turned by 180°"
    return f"turned by {abs(degrees)}° to the {'right' if degrees > 0 else 'left'}"


def _crop(crop: Sequence[float]) -> str:
    """Which part of the photo it is; empty for all of it."""
    left, top, width, height = crop
    is_narrow, is_low = width <= 1 - LEAST, height <= 1 - LEAST
    across = _place(left, width, "left", "right") if is_narrow else ""
    down = _place(top, height, "top", "bottom") if is_low else ""
    if is_narrow and is_low:
        place = " ".join(filter(None, (down, across))) or "centre"
        same = abs(width - height) < LEAST
        size = _percent(width) if same else f"{_percent(width)} x {_percent(height)}"
        return f"the {place} {size}"
    if is_narrow or is_low:
        return f"the {across or down or 'middle'} {_percent(width if is_narrow else height)}"
    return ""


def _place(start: float, size: float, first: str, last: str) -> str:
    """On which side a part lies; empty for the middle."""
    where = start / (1 - size)
    return first if where < 1 / 3 else last if where > 2 / 3 else ""


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
