"""Whether two pictures show the very same photo, and what was done to it. Imports nothing heavy:
the worker finds it out (`geometry/`), and daemon and client pass it on."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

VERSION = 2
"""Of how pictures are compared; to be raised when that may say something else of two pictures than
before, so that what is remembered is found out again."""
Row = tuple[float, float, float]
Area = tuple[float, float, float, float]
"""Left, top, width and height, as shares of a picture's width and height."""
Corner = tuple[float, float]
"""A place, as shares of a picture's width and height, which may lie beyond it."""
Corners = tuple[Corner, Corner, Corner, Corner]
"""Top left, top right, bottom right, bottom left."""
WHOLE: Corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
"""The corners of a picture itself."""

_WHOLE_TURN = 360.0
_MOST_INLIERS = 2**20
_ROUNDING = 1e-6


class Verdict(StrEnum):
    """Whether the asked picture is a copy of the stored one."""

    SAME = "same"
    PROBABLY = "probably"
    """The pictures agree where they could be compared, but there is too little evidence."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Transform:
    """What makes the asked picture from the stored one. Both are upright."""

    matrix: tuple[Row, Row]
    """Maps pixels (x, y, 1) of the asked picture to those of the stored one, in the pixels of the
    files. Of a photo of a screen, whose perspective no matrix of this shape can tell, the nearest.
    """
    corners: Corners = WHOLE
    """Where the corners of the asked picture lie in the stored one, with perspective."""
    scale: float = 1.0
    """How large the content is in the asked picture, relative to the stored one; 0.5: half."""
    turned: float = 0.0
    """By how many degrees clockwise the asked picture is turned, from -180 to 180; if it is also
    mirrored, after it was mirrored."""
    mirrored: bool = False
    """Whether left and right are exchanged."""
    crop: Area | None = None
    """The part of the stored picture that the asked one shows; None: all of it."""
    bordered: float = 0.0
    """The share of the asked picture that is not the stored one: a border, a caption, a phone."""
    grey: bool = False
    """Whether the asked picture is grey and the stored one is not."""
    brighter: float = 0.0
    """Mean luminance of the asked picture minus that of the stored one, where they show the same;
    from -1 to 1."""
    recompressed: bool = False
    """Whether only the quality differs: same size, same place, other pixels."""

    def _is_sensible(self) -> bool:
        numbers = (*self.matrix[0], *self.matrix[1], self.scale, self.turned)
        return (
            all(map(_is_number, numbers))
            and all(len(corner) == 2 and all(map(_is_number, corner)) for corner in self.corners)
            and self.scale > 0
            and abs(self.turned) <= _WHOLE_TURN / 2
            and all(type(flag) is bool for flag in (self.mirrored, self.grey, self.recompressed))
            and (self.crop is None or _is_area(self.crop))
            and _is_number(self.bordered)
            and 0 <= self.bordered <= 1
            and _is_number(self.brighter)
            and abs(self.brighter) <= 1
        )


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of comparing two pictures."""

    verdict: Verdict
    inliers: int = 0
    """How many points of the one lie in the other where the transform puts them."""
    transform: Transform | None = None
    """None if the verdict is no, or if the pictures are too plain to tell."""

    def pack(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def unpack(cls, packed: bytes) -> Verification:
        """What `pack` made. Raises ValueError for anything else: who says it may lie."""
        try:
            return cls._of(json.loads(packed))
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError("this is no verification") from error

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Verification:
        """Raises ValueError, TypeError or KeyError."""
        inliers = fields["inliers"]
        if type(inliers) is not int or not 0 <= inliers <= _MOST_INLIERS or len(fields) != 3:
            raise ValueError("this cannot be a verification")
        transform = fields["transform"]
        return cls(
            Verdict(fields["verdict"]),
            inliers,
            None if transform is None else _transform(transform),
        )


def _transform(fields: dict[str, Any]) -> Transform:
    """Raises ValueError, TypeError or KeyError for what is none."""
    first, second = map(tuple, fields["matrix"])
    crop, corners = fields["crop"], tuple(map(tuple, fields["corners"]))
    plain = {
        "matrix": (first, second),
        "corners": corners,
        "crop": None if crop is None else tuple(crop),
    }
    transform = Transform(**{**fields, **plain})
    if (len(first), len(second), len(corners)) != (3, 3, 4) or not transform._is_sensible():
        raise ValueError("this cannot be a transform")
    return transform


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]  # is checked


def _is_area(area: Area) -> bool:
    if len(area) != 4 or not all(map(_is_number, area)):
        return False
    left, top, width, height = area
    return (
        0 <= left <= 1
        and 0 <= top <= 1
        and 0 < width <= 1 - left + _ROUNDING
        and 0 < height <= 1 - top + _ROUNDING
    )
