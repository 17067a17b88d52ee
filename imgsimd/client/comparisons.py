"""Whether two pictures show the very same, and what makes the one from the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from imgsimd.client.json_fields import Answer, Fields


@dataclass(frozen=True, slots=True)
class Transform(Answer):
    """What makes the asked picture from the stored one: see `imgsimd.verification.Transform`. The
    matrix is in the `json`."""

    corners: tuple[tuple[float, ...], ...]
    """Where the corners of the asked picture lie in the stored one: top left, top right, bottom
    right, bottom left; each x and y, as shares of the stored picture."""
    scale: float
    turned: float
    """By so many degrees clockwise, from -180 to 180."""
    mirrored: bool
    crop: tuple[float, ...] | None
    """Left, top, width, height, as shares of the stored picture; None: all of it."""
    bordered: float
    grey: bool
    brighter: float
    recompressed: bool

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            corners=fields.each("corners", _corner),
            scale=fields.number("scale"),
            turned=fields.number("turned"),
            mirrored=fields.flag("mirrored"),
            crop=fields.numbers_if_any("crop"),
            bordered=fields.number("bordered"),
            grey=fields.flag("grey"),
            brighter=fields.number("brighter"),
            recompressed=fields.flag("recompressed"),
        )


def _corner(answer: object) -> tuple[float, ...]:
    return tuple(Fields({"corner": answer}).numbers("corner"))


@dataclass(frozen=True, slots=True)
class Comparison(Answer):
    """How alike two pictures are."""

    similarity: float
    """Cosine of the vectors: 0 (nothing in common) to 1."""
    distance: float
    """L2 distance of the vectors: 0 (identical) to 2."""
    verdict: str | None
    """A value of `verification.Verdict`; None if they were not verified."""
    inliers: int
    """How many points agree."""
    transform: Transform | None
    """What makes the first picture from the second."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            similarity=fields.number("similarity"),
            distance=fields.number("distance"),
            verdict=fields.text_or_none("verdict"),
            inliers=fields.whole_if_any("inliers"),
            transform=fields.inner_if_any("transform", Transform.of),
        )
