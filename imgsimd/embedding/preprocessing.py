"""Pictures as a network wants to see them. Runs in the worker only."""

from __future__ import annotations

import numpy as np

from imgsimd.decoding import decode
from imgsimd.decoding.decode import Seen, Square
from imgsimd.decoding.picture import Pixels
from imgsimd.embedding.runtime import NUMBERS, Array, Shape, Tensor, fitted
from imgsimd.errors import ModelError
from imgsimd.models.recipe import Recipe

CHANNELS = 3


class Preprocessing:
    """What a recipe says about a picture, until the network gets it."""

    def __init__(self, recipe: Recipe, most_pixels: int) -> None:
        """A picture may have so many pixels."""
        self._recipe = recipe
        self._most_pixels = most_pixels
        self._short_side = recipe.shown_side if recipe.fit == "crop" else None

    @property
    def input_shape(self) -> Shape:
        """Of the network's input, for one picture."""
        size = self._recipe.size
        is_first = self._recipe.layout == "nchw"
        return (1, CHANNELS, size, size) if is_first else (1, size, size, CHANNELS)

    @property
    def short_side(self) -> int | None:
        """Of the reduced picture in `seen`, in pixels, unless it has fewer; None if that is decoded
        in another way than `decode.reduced` does."""
        if self._recipe.resize == "linear":
            return None
        return decode.FINENESS * self._recipe.shown_side

    def squared(self, content: bytes) -> Square:
        """See `decode.squared`. Raises BadPictureError."""
        size, resize = self._recipe.size, self._recipe.resize
        return decode.squared(content, size, resize, self._most_pixels, self._short_side)

    def seen(self, content: bytes) -> Seen:
        """See `decode.seen`. Raises BadPictureError."""
        size, resize = self._recipe.size, self._recipe.resize
        return decode.seen(content, size, resize, self._most_pixels, self._short_side)

    def square(self, picture: Pixels) -> Pixels:
        """See `decode.square`."""
        return decode.square(picture, self._recipe.size, self._recipe.resize, self._short_side)

    def batch(self, square: Pixels, entry: Tensor) -> Array:
        """The square as the network's input, repeated if that takes more pictures at once. Raises
        ModelError if it is of a type that takes no pictures."""
        numbers = _typed(self._scaled(square), entry)
        if self._recipe.colours == "bgr":
            numbers = numbers[..., ::-1]
        if self._recipe.layout == "nchw":
            numbers = numbers.transpose(2, 0, 1)
        shape = fitted(entry, self.input_shape)
        return np.ascontiguousarray(np.broadcast_to(numbers, shape))

    def _scaled(self, square: Pixels) -> Array:
        """Pixels as they are, or as the network was trained on them."""
        if self._recipe.mean is None or self._recipe.std is None:
            return square
        mean, std = (np.array(each, np.float32) for each in (self._recipe.mean, self._recipe.std))
        scaled: Array = (square.astype(np.float32) / np.float32(255) - mean) / std
        return scaled


def _typed(numbers: Array, entry: Tensor) -> Array:
    """The numbers in the type of the input."""
    if entry.dtype.kind not in NUMBERS:
        raise ModelError("its input takes no numbers")
    if entry.dtype.kind == "f":
        return numbers.astype(entry.dtype)
    if numbers.dtype == np.uint8:
        if entry.dtype == np.int8:  # of which -128 is black
            return (numbers ^ np.uint8(0x80)).view(np.int8)
        return numbers.astype(entry.dtype)
    if not entry.scale:
        raise ModelError(
            f"its input takes whole numbers ({entry.dtype}) and has no scale: `mean` and `std` are "
            "not for it"
        )
    limits = np.iinfo(entry.dtype)
    codes = np.rint(numbers / np.float32(entry.scale)) + entry.zero
    typed: Array = np.clip(codes, limits.min, limits.max).astype(entry.dtype)
    return typed
