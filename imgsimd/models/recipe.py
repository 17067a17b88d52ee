"""What a network wants to see of a picture, and which of its numbers are the picture's vector."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

from imgsimd.types import Resize
from imgsimd.vectors import StoredAs, VectorForm

Colour: TypeAlias = tuple[float, float, float]
"""A number each for red, green and blue."""

MOST_NUMBERS = 16_384
"""Of a vector."""
MOST_PIXELS = 4_096
"""Of a side of what a network sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that a description says about how a picture becomes a vector, besides the network."""

    dimension: int
    """Numbers of the vector."""
    size: int
    """Side of the square input, in pixels."""
    resize: Resize
    """How pictures shrink: see `decoding.decode.resized`."""
    fit: Literal["squeeze", "crop"] = "squeeze"
    """Whether the whole picture is squeezed to the square, or its middle is cut out."""
    short_side: int | None = None
    """With "crop", what the picture's short side is scaled to before the cut, in pixels; `size` if
    there is none."""
    colours: Literal["rgb", "bgr"] = "rgb"
    layout: Literal["nhwc", "nchw"] = "nhwc"
    """Whether the input is [n, size, size, 3] or [n, 3, size, size]."""
    mean: Colour | None = None
    """With `std`: the network gets (pixel / 255 - mean) / std. None: pixels as they are."""
    std: Colour | None = None
    output: str | int = 0
    """Of several outputs, the name or number of the one that has the vector."""
    token: Literal["first", "mean"] | int | None = None
    """Of an output [n, tokens, dimension], which token is the vector, or the mean of all. "mean" is
    also for the cells of an output [n, h, w, dimension]."""
    normalise: bool = True
    """Whether the output is scaled to unit length; without it, only an output of unit length is
    taken."""
    stored_as: StoredAs = "float32"
    """How vectors are stored. As int8 they take a quarter, but their numbers have to be alike: see
    `VectorForm`."""

    @property
    def form(self) -> VectorForm:
        """Of the vectors."""
        return VectorForm(self.dimension, self.stored_as)

    @property
    def shown_side(self) -> int:
        """The short side of the picture that what the network sees is cut out of, in pixels."""
        return self.short_side or self.size

    @property
    def digest(self) -> str:
        """Differs for recipes that give other vectors. Empty for those that could be written before
        version 0.3: the vectors of galleries have their models' names without it."""
        choices: list[object] = [self.fit, self.colours, self.layout, self.mean, self.std]
        choices += [self.output, self.token, self.stored_as]
        if choices == _BEFORE_0_3 and self.resize != "cubic":
            return ""
        values = [self.dimension, self.size, self.resize, self.shown_side, *choices]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:8]


_BEFORE_0_3 = ["squeeze", "rgb", "nhwc", None, None, 0, None, "float32"]
"""What every recipe was before version 0.3, besides size and resize."""
