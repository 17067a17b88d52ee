"""What pictures are drawn with: gradients, shapes, noise and skylines on an array of pixels."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Pixels: TypeAlias = NDArray[np.uint8]
Plane: TypeAlias = NDArray[Any]
"""A number for each pixel [height, width], or for each row [height, 1] or column [1, width]."""
Colour: TypeAlias = Sequence[float]
"""Red, green and blue, 0 to 255."""

SUBPIXEL_BITS = 4
"""Of OpenCV's fixed-point coordinates: edges stay smooth at every size."""


class Canvas:
    """A picture that is being painted.

    Lengths are shares of the height: x runs from 0 to `aspect`, y from 0 (top) to 1.
    """

    def __init__(self, rng: np.random.Generator, width: int, height: int) -> None:
        self.rng = rng
        self.aspect = width / height
        self.pixels: Pixels = np.zeros((height, width, 3), np.uint8)
        self.y: Plane = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        self.x: Plane = np.linspace(0, self.aspect, width, dtype=np.float32)[None, :]

    def between(self, low: float, high: float) -> float:
        """A random number."""
        return float(self.rng.uniform(low, high))

    def across(self, margin: float = 0.0) -> float:
        """A random x, away from the sides by `margin` of the width."""
        return self.between(margin, 1 - margin) * self.aspect

    def chance(self, probability: float) -> bool:
        """Whether it happens this time."""
        return bool(self.rng.random() < probability)

    def gradient(self, *colours: Colour, top: float = 0.0) -> None:
        """Paint from the first colour (at row `top`) to the last (at the bottom)."""
        rows = self.pixels[round(top * len(self.pixels)) :]
        column = np.array(colours, np.float32)[:, None]
        rows[:] = cv2.resize(column, (1, len(rows)), interpolation=cv2.INTER_LINEAR)

    def shape(
        self, points: ArrayLike, colour: Colour, x: float = 0, y: float = 0, size: float = 1
    ) -> None:
        """Fill an outline, given around (0, 0) and of any size, at (x, y)."""
        corners = (np.asarray(points) * size + (x, y)) * len(self.pixels) * 2**SUBPIXEL_BITS
        whole = np.round(corners).astype(np.int32)
        cv2.fillPoly(self.pixels, [whole], colour, cv2.LINE_AA, SUBPIXEL_BITS)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle whose top left corner is (x, y)."""
        self.shape(((0, 0), (width, 0), (width, height), (0, height)), colour, x, y)

    def disc(
        self, x: float, y: float, radius: float, colour: Colour, flat: float = 1, angle: float = 0
    ) -> None:
        """Fill a circle; or an ellipse, its height `flat` times its width, turned by degrees."""
        one = len(self.pixels) * 2**SUBPIXEL_BITS
        centre = round(x * one), round(y * one)
        axes = round(radius * one), round(radius * flat * one)
        cv2.ellipse(
            self.pixels, centre, axes, angle, 0, 360, colour, -1, cv2.LINE_AA, SUBPIXEL_BITS
        )

    def noise(self, fine: float, stretch: float = 1.0, octaves: int = 4) -> Plane:
        """Clouds, 0 to 1, `fine` of them in the height; `stretch` > 1 draws them out sideways."""
        height, width = self.pixels.shape[:2]
        total = np.zeros((height // 2, width // 2), np.float32)
        for cells in fine * 2.0 ** np.arange(octaves):
            shape = (max(2, round(cells)), max(2, round(cells * self.aspect / stretch)))
            grid = self.rng.random(shape, np.float32) * np.float32(fine / cells)
            total += np.asarray(cv2.resize(grid, total.shape[::-1], interpolation=cv2.INTER_CUBIC))
        total -= total.min()
        return np.asarray(cv2.resize(total / total.max(), (width, height)))

    def cover(self, mask: Plane, colour: Colour) -> None:
        """Paint where `mask` is 1, and in proportion elsewhere."""
        share = np.clip(mask, 0, 1).astype(np.float32)
        paint = np.empty_like(self.pixels)
        paint[:] = colour
        cv2.blendLinear(self.pixels, paint, 1 - share, share, self.pixels)

    def ridge(self, level: float, height: float, fine: float) -> Plane:
        """A skyline: for each column its y, around `level`, up to `height` above and below."""
        width = self.pixels.shape[1]
        total = np.zeros((1, width), np.float32)
        for octave in range(6):
            cells = max(2, round(fine * self.aspect * 2**octave)) + 1
            grid = self.rng.uniform(-1, 1, (1, cells)).astype(np.float32) / 2.2**octave
            total += np.asarray(cv2.resize(grid, (width, 1), interpolation=cv2.INTER_LINEAR))
        return level + height * total / 1.6

    def below(self, line: Plane | float, soft: float = 0.002) -> Plane:
        """The mask of all that lies lower than `line`."""
        return np.clip((self.y - line) / soft + 0.5, 0, 1)

    def mirror(self, shore: float, bright: float) -> None:
        """Water: below `shore` is what is above it, upside down, dimmed and rippled."""
        row = round(shore * len(self.pixels))
        water = self.pixels[row:]
        water[:] = cv2.blur(self.pixels[row - len(water) : row][::-1], (5, 9)) * np.float32(bright)
        self.cover(0.25 * (self.noise(40, 10, 2) > 0.55) * self.below(shore), self.pixels[0, 0])

    def finish(self) -> Pixels:
        """The picture, with the grain of a film and darker corners."""
        light = 1.03 - 0.35 * ((self.x / self.aspect - 0.5) ** 2 + (self.y - 0.5) ** 2)
        grain = np.resize(self.rng.normal(0, 2, 9973).astype(np.float32), light.shape)
        developed = self.pixels * light[..., None] + grain[..., None]
        return np.clip(developed, 0, 255).astype(np.uint8)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour; all three from 0 to 1, the hue goes round."""
    return [255 * channel for channel in colorsys.hsv_to_rgb(hue % 1, saturation, value)]
